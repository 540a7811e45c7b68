import { useEffect, useRef, useState } from "react";
import { Button } from "../ui/Button";
import { Fold } from "../ui/Fold";
import { count } from "../ui/format";

const SHOWN = 500;

/** The last lines of the libraries' output: it follows what comes, unless it was scrolled up. */
export function Log({ lines, open }: { lines: readonly string[]; open: boolean }) {
  const [all, setAll] = useState(false);
  const shown = all ? lines : lines.slice(-SHOWN);
  return (
    <Fold summary={`Log (${count(lines.length)} lines)`} open={open} long className="log">
      {shown.length < lines.length && (
        <Button look="plain" onClick={() => setAll(true)}>
          Show the {count(lines.length - shown.length)} lines before these
        </Button>
      )}
      <Following text={shown.join("\n")} />
    </Fold>
  );
}

function Following({ text }: { text: string }) {
  const box = useRef<HTMLPreElement>(null);
  const follows = useRef(true);
  useEffect(() => {
    if (follows.current && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [text]);
  const scrolled = () => {
    const pre = box.current;
    if (pre) follows.current = pre.scrollHeight - pre.scrollTop - pre.clientHeight < 24;
  };
  return (
    // A region that scrolls must be reached by the keyboard.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <pre ref={box} className="log-lines" tabIndex={0} role="region" aria-label="Log" onScroll={scrolled}>
      {text || "Nothing was written yet."}
    </pre>
  );
}
