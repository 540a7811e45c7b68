import { LayerHelp } from "../editor/panel/LayerHelp";
import { usePalette } from "../graph/palette";
import { ErrorNote } from "../ui/ErrorNote";
import { Modal } from "../ui/Modal";
import { Spinner } from "../ui/Spinner";

/** What Keras says of a layer. */
export function LayerDialog({ name, onClose }: { name: string; onClose: () => void }) {
  const { palette, layers, error } = usePalette();
  const layer = layers.get(name);
  return (
    <Modal open title={name} onClose={onClose}>
      <ErrorNote error={error} />
      {!palette && !error && <Spinner label="Keras loads, and the layers' help with it" />}
      {palette && !layer && <p>The installed Keras has no {name}.</p>}
      {layer && (
        <div className="layer-help">
          <LayerHelp layer={layer} />
        </div>
      )}
    </Modal>
  );
}
