import { Link2, SquareArrowOutUpRight, Ungroup } from "lucide-react";
import { Badge } from "../../ui/Badge";
import { Button } from "../../ui/Button";
import { Spinner } from "../../ui/Spinner";
import { counted } from "../../ui/format";
import { shapes, shortValue } from "../../graph/describing";
import { type GraphNode, MODEL, outputCount, ownerOf, type Palette } from "../../graph/model";
import { openNested, shareAgain, ungroup } from "../actions";
import { withArgument, withOutput } from "../changes/arguments";
import { useEditor, useEditorStore, useLayers } from "../context";
import { ArgumentList } from "../form/ArgumentList";
import { levelOf } from "../store";
import { LayerHelp } from "./LayerHelp";
import { NameField } from "./NameField";
import { ProblemList } from "./ProblemList";

/** All of one node: its problems, name, arguments, outputs and help. */
export function NodePanel({ node, palette }: { node: GraphNode; palette: Palette | undefined }) {
  const editor = useEditorStore();
  const owner = useEditor((state) => ownerOf(levelOf(state), node));
  const layer = useLayers().get(owner.layer);
  const problems = useEditor((state) => state.states.get(node.id)?.problems);
  return (
    <div className="stack">
      {node.shares && <SharedNote node={node} owner={owner} />}
      {node.locked && (
        <p className="note">
          The dataset fixes this {node.layer === "InputLayer" ? "input" : "output"}: its shape and name stay.
        </p>
      )}
      <ProblemList problems={problems ?? []} />
      {!node.locked && <NameField key={owner.id} node={node} />}
      {layer && palette && !node.locked && (
        <ArgumentList
          key={`${owner.id} ${owner.layer}`}
          args={layer.arguments.filter((argument) => argument.name !== "name")}
          config={owner.config}
          onChange={(name, value) =>
            editor
              .getState()
              .edit((graph) => withArgument(graph, owner.id, name, value), { typing: `${owner.id} ${name}` })
          }
          palette={palette}
          problems={problems}
        />
      )}
      {!palette && <Spinner label="Arguments come when Keras is loaded" />}
      {palette && !layer && owner.layer !== MODEL && (
        <p className="note">{owner.layer} came with an imported model: it is kept as it is.</p>
      )}
      <CallArguments node={node} />
      <Outcome node={node} />
      <Actions node={node} owner={owner} />
      {layer && <LayerHelp layer={layer} />}
    </div>
  );
}

/** What the layer is called with besides tensors, in an imported model: kept, and not to be changed here. */
function CallArguments({ node }: { node: GraphNode }) {
  const given = Object.entries(node.call);
  if (!given.length) return null;
  return (
    <section aria-label="Arguments of the call">
      <h3>Called with</h3>
      <dl className="call-arguments">
        {given.map(([name, value]) => (
          <div key={name} className="row spread">
            <dt className="quiet">{name}</dt>
            <dd className="mono">{shortValue(value)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function SharedNote({ node, owner }: { node: GraphNode; owner: GraphNode }) {
  const editor = useEditorStore();
  return (
    <p className="note row">
      <Link2 size={15} aria-hidden /> Calls {owner.name} again, with the same weights.
      <Button onClick={() => editor.getState().select([owner.id])} disabled={owner.id === node.id}>
        Show {owner.name}
      </Button>
    </p>
  );
}

/** The tensors that come out, each of which may be an output of the model. */
function Outcome({ node }: { node: GraphNode }) {
  const editor = useEditorStore();
  const report = useEditor((state) => state.states.get(node.id)?.report);
  const number = useEditor((state) => outputCount(levelOf(state), node, report));
  const found = shapes(report);
  const mark = (index: number, on: boolean) =>
    editor.getState().edit((graph) => withOutput(graph, node.id, index, on));
  return (
    <section aria-label="Output">
      <h3>{number > 1 ? "Outputs" : "Output"}</h3>
      <ul className="plain-list">
        {Array.from({ length: number }, (_, index) => (
          <li key={index} className="row spread">
            <span className="mono">{found[index] ? `(batch × ${found[index]})` : "not known yet"}</span>
            <span className="quiet">{report?.outputs[index]?.dtype}</span>
            {node.layer !== "InputLayer" && !node.locked && (
              <label className="row">
                <input
                  type="checkbox"
                  checked={node.outputs.includes(index)}
                  onChange={(event) => mark(index, event.target.checked)}
                />
                output of the model
              </label>
            )}
          </li>
        ))}
      </ul>
      {report && report.parameters > 0 && (
        <p className="quiet">
          {counted(report.parameters, "parameter")}
          {report.trainable !== report.parameters &&
            `, ${report.trainable.toLocaleString("en")} of them trained`}
        </p>
      )}
    </section>
  );
}

function Actions({ node, owner }: { node: GraphNode; owner: GraphNode }) {
  const editor = useEditorStore();
  if (node.layer === "InputLayer") return null;
  return (
    <div className="row">
      {owner.layer === MODEL && (
        <>
          <Button onClick={() => openNested(editor, node.id)}>
            <SquareArrowOutUpRight size={15} aria-hidden /> Open the model
          </Button>
          <Button onClick={() => ungroup(editor, node.id)} title="Put its layers in its place (Shift+G)">
            <Ungroup size={15} aria-hidden /> Ungroup
          </Button>
        </>
      )}
      {!node.locked && (
        <Button
          onClick={() => shareAgain(editor, node.id)}
          title="One more node that calls this layer, with the same weights"
        >
          <Link2 size={15} aria-hidden /> Share this layer
        </Button>
      )}
      {node.outputs.length > 0 && <Badge tone="good">output</Badge>}
    </div>
  );
}
