import { lazy, Suspense, useState } from "react";
import type { PaletteLayer } from "../../graph/model";

const Markdown = lazy(() => import("react-markdown"));

/** What Keras' documentation says of a layer; its Markdown is shown without any HTML that it may hold. */
export function LayerHelp({ layer }: { layer: PaletteLayer }) {
  const [open, setOpen] = useState(false);
  return (
    <section aria-label={`Help on ${layer.name}`}>
      <h3>What it does</h3>
      <p>{layer.summary}</p>
      {layer.help.trim() !== layer.summary.trim() && (
        <details className="more" onToggle={(event) => setOpen(event.currentTarget.open)}>
          <summary>Keras' documentation</summary>
          {open && (
            <div className="markdown">
              <Suspense fallback={<p className="quiet">One moment …</p>}>
                <Markdown>{layer.help}</Markdown>
              </Suspense>
            </div>
          )}
        </details>
      )}
    </section>
  );
}
