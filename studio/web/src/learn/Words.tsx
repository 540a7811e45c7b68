import { useState } from "react";
import { LayerDialog } from "./LayerDialog";
import { WORDS } from "./words";

/** Short explanations of the words, with the help of layers. */
export function Words() {
  const [layer, setLayer] = useState<string | null>(null);
  return (
    <section aria-labelledby="words">
      <h2 id="words">The words</h2>
      <dl className="word-list">
        {WORDS.map(({ word, means, layers }) => (
          <div key={word}>
            <dt>{word}</dt>
            <dd>
              {means}
              {layers && (
                <span className="word-layers">
                  {layers.map((name) => (
                    <button key={name} type="button" className="layer-link" onClick={() => setLayer(name)}>
                      {name}
                    </button>
                  ))}
                </span>
              )}
            </dd>
          </div>
        ))}
      </dl>
      {layer && <LayerDialog name={layer} onClose={() => setLayer(null)} />}
    </section>
  );
}
