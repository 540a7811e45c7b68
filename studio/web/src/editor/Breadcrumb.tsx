import { useEditor } from "./context";
import { namesAlong } from "./changes/nesting";

/** Which nested model is open, and the way back. */
export function Breadcrumb() {
  const path = useEditor((state) => state.path);
  const graph = useEditor((state) => state.graph);
  const name = useEditor((state) => state.name);
  const open = useEditor((state) => state.open);
  if (!path.length) return null;
  const names = [name, ...namesAlong(graph, path)];
  return (
    <nav className="breadcrumb" aria-label="Open model">
      <ol>
        {names.map((step, depth) => (
          <li key={depth}>
            {depth < path.length ? (
              <button type="button" className="link-button" onClick={() => open(path.slice(0, depth))}>
                {step}
              </button>
            ) : (
              <span aria-current="location">{step}</span>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}
