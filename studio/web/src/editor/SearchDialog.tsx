import { Command } from "cmdk";
import { Dialog } from "radix-ui";
import { useMemo, useState } from "react";
import { groupColour } from "../graph/describing";
import type { Palette, PaletteLayer } from "../graph/model";
import { focusNode } from "./focusing";
import { useEditorStore } from "./context";
import { matching } from "./searching";

/** A layer to add, found by typing: the arrows choose, Enter adds. */
export function SearchDialog({
  open,
  palette,
  onAdd,
  onClose,
}: {
  open: boolean;
  palette: Palette | undefined;
  onAdd: (layer: PaletteLayer) => void;
  onClose: () => void;
}) {
  const editor = useEditorStore();
  return (
    <Dialog.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="dialog-overlay" />
        <Dialog.Content
          className="dialog search"
          aria-describedby={undefined}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            focusNode(editor.getState().focused);
          }}
        >
          <Dialog.Title className="visually-hidden">Add a layer</Dialog.Title>
          <Found palette={palette} onAdd={onAdd} />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Found({ palette, onAdd }: { palette: Palette | undefined; onAdd: (layer: PaletteLayer) => void }) {
  const [typed, setTyped] = useState("");
  const groups = useMemo(() => (palette ? matching(palette, typed) : []), [palette, typed]);
  return (
    <Command shouldFilter={false} label="Layers">
      <Command.Input
        className="input search-input"
        value={typed}
        onValueChange={setTyped}
        placeholder="Add a layer: type its name"
      />
      <Command.List className="search-list">
        <Command.Empty>{palette ? "No layer is called that." : "Keras is still loading."}</Command.Empty>
        {groups.map(({ group, layers }) => (
          <Command.Group key={group} heading={group}>
            {layers.map((layer) => (
              <Command.Item key={layer.name} value={layer.name} onSelect={() => onAdd(layer)}>
                <span className="palette-swatch" style={{ background: groupColour(group) }} aria-hidden />
                <span>
                  <strong>{layer.name}</strong>
                  <span className="quiet search-summary">{layer.summary}</span>
                </span>
              </Command.Item>
            ))}
          </Command.Group>
        ))}
      </Command.List>
    </Command>
  );
}
