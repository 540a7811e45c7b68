import { Copy, Group, ListChecks, Trash2 } from "lucide-react";
import { Button } from "../ui/Button";
import { duplicateChosen, groupChosen, removeChosen } from "./actions";
import { useEditor, useEditorStore } from "./context";
import type { Editor } from "./store";

const ACTIONS: { label: string; title: string; Icon: typeof Copy; act: (editor: Editor) => void }[] = [
  { label: "Group", title: "Make one nested model of them (G)", Icon: Group, act: groupChosen },
  { label: "Duplicate", title: "Duplicate (Ctrl+D)", Icon: Copy, act: duplicateChosen },
  { label: "Delete", title: "Delete", Icon: Trash2, act: removeChosen },
];

/** What can be done with several chosen nodes. */
export function ChosenBar() {
  const editor = useEditorStore();
  const number = useEditor((state) => state.selected.length);
  const several = useEditor((state) => state.several);
  if (number < 2 && !several) return null;
  const press = (act: (editor: Editor) => void) => {
    const { graph } = editor.getState();
    // Before the change, after which a phone shows the details of the one node that is chosen then.
    editor.setState({ several: false });
    act(editor);
    if (editor.getState().graph === graph) editor.setState({ several });
  };
  return (
    <div className="chosen-bar" role="toolbar" aria-label="Chosen nodes">
      <span className="chosen-number">{number ? `${number} chosen` : "Tap the nodes"}</span>
      {ACTIONS.map(({ label, title, Icon, act }) => (
        <Button
          key={label}
          look="plain"
          aria-label={label}
          title={title}
          disabled={!number}
          onClick={() => press(act)}
        >
          <Icon size={16} aria-hidden /> <span>{label}</span>
        </Button>
      ))}
    </div>
  );
}

/** For fingers: while it is on, each tap chooses one more node, or one less. */
export function SeveralButton() {
  const editor = useEditorStore();
  const several = useEditor((state) => state.several);
  return (
    <Button
      className="several-button"
      aria-label="Choose several"
      aria-pressed={several}
      title="Choose several nodes, one after the other"
      onClick={() => editor.setState({ several: !several })}
    >
      <ListChecks size={20} aria-hidden />
    </Button>
  );
}
