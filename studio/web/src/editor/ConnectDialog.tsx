import { useState } from "react";
import { inputsOf, ownerOf } from "../graph/model";
import { Button } from "../ui/Button";
import { ErrorNote } from "../ui/ErrorNote";
import { Field } from "../ui/Field";
import { Modal } from "../ui/Modal";
import { connect } from "./actions";
import { freeArgument, wireProblem } from "./changes/connecting";
import { useEditor, useEditorStore, useLayers } from "./context";
import { levelOf } from "./store";

/** Connects a node to another one without a pointer: which tensor, to which node, into which argument. */
export function ConnectDialog({ from, onClose }: { from: string | null; onClose: () => void }) {
  return (
    <Modal open={from !== null} title="Connect to" onClose={onClose}>
      {from !== null && <ConnectForm from={from} onDone={onClose} />}
    </Modal>
  );
}

function ConnectForm({ from, onDone }: { from: string; onDone: () => void }) {
  const editor = useEditorStore();
  const layers = useLayers();
  const level = useEditor(levelOf);
  const tensors = useEditor((state) => state.states.get(from)?.report.outputs.length ?? 1);
  const [output, setOutput] = useState(0);
  const inputsFor = (id: string) => {
    const node = level.nodes.find((other) => other.id === id);
    return node ? inputsOf(level, node, layers.get(ownerOf(level, node).layer)) : [];
  };
  const wire = (target: string, argument: string) => ({ source: from, output, target, argument });
  const possible = level.nodes.filter(({ id }) =>
    inputsFor(id).some((input) => !wireProblem(level, wire(id, input.name), inputsFor(id))),
  );
  const [chosen, setChosen] = useState(possible[0]?.id ?? "");
  const inputs = inputsFor(chosen);
  const [argument, setArgument] = useState<string | null>(null);
  const into = argument ?? freeArgument(level, chosen, inputs) ?? inputs[0]?.name ?? "";
  const [problem, setProblem] = useState<string | null>(null);
  if (!possible.length) return <p>No node can take this one's output: add a layer first.</p>;
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        const found = connect(editor, layers, wire(chosen, into));
        setProblem(found);
        if (!found) onDone();
      }}
    >
      {tensors > 1 && (
        <Choice
          label="Tensor"
          value={String(output)}
          options={[...Array(tensors).keys()].map((i) => [String(i), `Output ${i}`])}
          onChange={(value) => setOutput(Number(value))}
        />
      )}
      <Choice
        label="Node"
        value={chosen}
        options={possible.map((node) => [node.id, `${node.name} (${node.layer})`])}
        onChange={(value) => {
          setChosen(value);
          setArgument(null);
        }}
      />
      {inputs.length > 1 && (
        <Choice
          label="Argument"
          value={into}
          options={inputs.map(({ name }) => [name, name])}
          onChange={setArgument}
        />
      )}
      <ErrorNote error={problem} />
      <Button type="submit" look="primary">
        Connect
      </Button>
    </form>
  );
}

function Choice({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: string;
  options: [string, string][];
  onChange: (value: string) => void;
}) {
  return (
    <Field label={label}>
      {(ids) => (
        <select {...ids} className="input" value={value} onChange={(event) => onChange(event.target.value)}>
          {options.map(([id, text]) => (
            <option key={id} value={id}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
