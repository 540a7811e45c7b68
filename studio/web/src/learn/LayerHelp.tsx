import { api } from "../api/client";
import { ErrorNote } from "../ui/ErrorNote";
import { Modal } from "../ui/Modal";
import { Spinner } from "../ui/Spinner";

/** What Keras says of a layer. */
export function LayerHelp({ name, onClose }: { name: string; onClose: () => void }) {
  const { data, error } = api.useQuery("get", "/api/palette", undefined, {
    staleTime: Infinity,
    retry: 20,
    retryDelay: 1_000, // Keras may still be loading
  });
  const layer = data?.layers.find((one) => one.name === name);
  return (
    <Modal open title={name} onClose={onClose}>
      <ErrorNote error={error} />
      {!data && !error && <Spinner label="Keras loads, and the layers' help with it" />}
      {data && !layer && <p>The installed Keras has no {name}.</p>}
      {layer && (
        <>
          <p>
            <strong>{layer.summary}</strong> <span className="quiet">({layer.group})</span>
          </p>
          <div className="layer-help">{layer.help}</div>
        </>
      )}
    </Modal>
  );
}
