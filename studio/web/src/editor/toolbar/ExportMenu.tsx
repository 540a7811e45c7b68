import { Braces, Download, FileCode2, Image, PenTool } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { useState } from "react";
import { client, type Message } from "../../api/client";
import { Button } from "../../ui/Button";
import { useEditorStore } from "../context";
import { download, pictureOf } from "../exporting";
import { CodeDialog } from "./CodeDialog";

type Form = "json" | "python" | "png" | "svg";

const FORMS: { form: Form; label: string; Icon: typeof Braces }[] = [
  { form: "python", label: "Python", Icon: FileCode2 },
  { form: "json", label: "Keras JSON", Icon: Braces },
  { form: "png", label: "Picture (PNG)", Icon: Image },
  { form: "svg", label: "Drawing (SVG)", Icon: PenTool },
];

/** The drawing as Python or Keras' JSON (shown, to copy or save), or as a picture of the open level. */
export function ExportMenu() {
  const editor = useEditorStore();
  const [shown, setShown] = useState<Message["Exported"] | null>(null);
  const write = async (form: Form) => {
    const { graph, name } = editor.getState();
    try {
      if (form === "png" || form === "svg") await pictureOf(form, name);
      else setShown((await client.POST("/api/graphs/export", { body: { graph, form } })).data!);
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      editor.setState({ notice: words, said: words });
    }
  };
  return (
    <>
      <DropdownMenu.Root>
        <DropdownMenu.Trigger asChild>
          <Button look="plain" aria-label="Export" title="Export">
            <Download size={17} aria-hidden /> <span className="wide-only">Export</span>
          </Button>
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content className="menu" align="end" sideOffset={4}>
            {FORMS.map(({ form, label, Icon }) => (
              <DropdownMenu.Item key={form} className="menu-item" onSelect={() => void write(form)}>
                <Icon size={16} aria-hidden /> {label}
              </DropdownMenu.Item>
            ))}
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      <CodeDialog
        exported={shown}
        onClose={() => setShown(null)}
        onSave={(file) => download(file.file, file.text)}
      />
    </>
  );
}
