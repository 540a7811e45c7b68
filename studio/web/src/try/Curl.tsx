import { Check, Copy } from "lucide-react";
import { useRef, useState } from "react";
import { Button } from "../ui/Button";

/** The same call for a shell, to copy. */
export function Curl({ line }: { line: string }) {
  const text = useRef<HTMLElement>(null);
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(line);
      setCopied(true);
      setTimeout(() => setCopied(false), 2000);
    } catch {
      // Without https:// there is no clipboard: selected, the line is one key away from it.
      window.getSelection()?.selectAllChildren(text.current!);
    }
  };
  return (
    <div className="curl">
      <div className="row curl-head">
        <h3>The same call from a shell</h3>
        <Button onClick={copy}>
          {copied ? <Check size={16} aria-hidden /> : <Copy size={16} aria-hidden />}
          <span aria-live="polite">{copied ? "Copied" : "Copy"}</span>
        </Button>
      </div>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, so keys must reach it */}
      <pre className="code" tabIndex={0} aria-label="curl">
        <code ref={text}>{line}</code>
      </pre>
    </div>
  );
}
