import { useState } from "react";
import type { GraphNode } from "../../graph/model";
import { Field } from "../../ui/Field";
import { withName } from "../changes/arguments";
import { nameProblem } from "../changes/names";
import { useEditor, useEditorStore } from "../context";
import { levelOf } from "../store";

/** The layer's name; one that cannot be stays in the field, with the reason, and the layer keeps its last one. */
export function NameField({ node }: { node: GraphNode }) {
  const editor = useEditorStore();
  const level = useEditor(levelOf);
  const [typed, setTyped] = useState<string | null>(null);
  const problem = typed === null ? null : nameProblem(level, node.id, typed);
  return (
    <Field label="Name" error={problem}>
      {(ids) => (
        <input
          {...ids}
          className="input"
          autoComplete="off"
          spellCheck={false}
          value={typed ?? node.name}
          onChange={({ target }) => {
            setTyped(target.value);
            if (!nameProblem(level, node.id, target.value)) {
              editor
                .getState()
                .edit((graph) => withName(graph, node.id, target.value), { typing: `${node.id} name` });
            }
          }}
          onBlur={() => setTyped(null)}
        />
      )}
    </Field>
  );
}
