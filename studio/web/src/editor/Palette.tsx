import { Search } from "lucide-react";
import { type DragEvent, useMemo, useState } from "react";
import { groupColour } from "../graph/describing";
import type { Palette as PaletteMessage, PaletteLayer } from "../graph/model";
import { Spinner } from "../ui/Spinner";
import { DRAGGED } from "./Canvas";
import { matching } from "./searching";

/** The layers by group; a click adds one after what is chosen, and each can be dragged onto the canvas. */
export function Palette({
  palette,
  onAdd,
}: {
  palette: PaletteMessage | undefined;
  onAdd: (layer: PaletteLayer) => void;
}) {
  const [wanted, setWanted] = useState("");
  const groups = useMemo(() => (palette ? matching(palette, wanted) : []), [palette, wanted]);
  return (
    <div className="palette">
      <div className="palette-search">
        <Search size={15} aria-hidden />
        <input
          className="input"
          type="search"
          aria-label="Search the layers"
          placeholder="Search the layers"
          value={wanted}
          onChange={(event) => setWanted(event.target.value)}
          onKeyDown={(event) => {
            const first = groups[0]?.layers[0];
            if (event.key === "Enter" && wanted && first) onAdd(first);
          }}
        />
      </div>
      <div className="palette-groups">
        {!palette && <Spinner label="Keras is loading; layers come in a moment" />}
        {palette && !groups.length && <p className="quiet">No layer is called that.</p>}
        {groups.map(({ group, layers }) => (
          <Group
            key={`${group} ${!!wanted}`}
            group={group}
            layers={layers}
            open={!!wanted || OPEN.test(group)}
            onAdd={onAdd}
          />
        ))}
      </div>
    </div>
  );
}

/** Groups that most first models need are open at once. */
const OPEN = /core|conv|pool|reshap|regulari/i;

function Group({
  group,
  layers,
  open,
  onAdd,
}: {
  group: string;
  layers: PaletteLayer[];
  open: boolean;
  onAdd: (layer: PaletteLayer) => void;
}) {
  return (
    <details className="palette-group" open={open}>
      <summary>
        <span className="palette-swatch" style={{ background: groupColour(group) }} aria-hidden />
        {group} <span className="quiet">{layers.length}</span>
      </summary>
      <ul>
        {layers.map((layer) => (
          <li key={layer.name}>
            <button
              type="button"
              className="palette-item"
              title={layer.summary}
              aria-label={layer.name}
              draggable
              onDragStart={(event: DragEvent) => {
                event.dataTransfer.setData(DRAGGED, layer.name);
                event.dataTransfer.effectAllowed = "copy";
              }}
              onClick={() => onAdd(layer)}
              style={{ borderLeftColor: groupColour(group) }}
            >
              {layer.name}
            </button>
          </li>
        ))}
      </ul>
    </details>
  );
}
