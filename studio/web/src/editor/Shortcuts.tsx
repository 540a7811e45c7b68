import { Modal } from "../ui/Modal";

const KEYS: [string, string][] = [
  ["A, /", "Add a layer after the chosen one"],
  ["Arrows", "Go to the next node, along the edges"],
  ["Shift + arrows", "Move the chosen nodes"],
  ["Enter", "Open the node's arguments; of a nested model, open it"],
  ["Space", "Choose one more node, or one less"],
  ["C", "Connect the node to another one"],
  ["S", "Call the node's layer once more"],
  ["G", "Group the chosen nodes into one nested model"],
  ["Shift + G", "Ungroup a nested model"],
  ["Delete", "Delete what is chosen"],
  ["Ctrl + Z, Ctrl + Y", "Undo, redo"],
  ["Ctrl + C, X, V", "Copy, cut, paste; also between windows"],
  ["Ctrl + D", "Duplicate"],
  ["Ctrl + A", "Choose all nodes"],
  ["L", "Arrange"],
  ["F", "Show the whole graph"],
  ["+, −", "Zoom"],
  ["Escape", "Choose nothing; then leave the nested model"],
  ["?", "This list"],
];

/** What the keys do. */
export function Shortcuts({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Modal open={open} title="Keys" onClose={onClose}>
      <table className="table keys">
        <tbody>
          {KEYS.map(([keys, does]) => (
            <tr key={keys}>
              <th scope="row">
                <kbd>{keys}</kbd>
              </th>
              <td>{does}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Modal>
  );
}
