import { useEffect, useState } from "react";
import type { Message } from "../api/client";
import { Button } from "../ui/Button";
import { ErrorNote } from "../ui/ErrorNote";

/** What the model server is doing while it cannot answer yet. */
export function ServingNote({
  serving,
  error,
  onAgain,
}: {
  serving: Message["ServingState"] | undefined;
  error: unknown;
  onAgain: () => void;
}) {
  if (error) return <ErrorNote error={error} />;
  if (!serving || serving.state === "ready") return null;
  if (serving.state === "failed")
    return (
      <div className="note note-bad stack" role="alert">
        <span>The model server did not start: {serving.error}</span>
        <Button onClick={onAgain}>Start it again</Button>
      </div>
    );
  return <Starting />;
}

function Starting() {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setSeconds((before) => before + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  return (
    <div className="starting" role="status">
      <span>
        The model server is starting: it loads TensorFlow, which takes some seconds, once.
        <span aria-hidden> {seconds} s</span>
      </span>
      <progress aria-label="Starting the model server" />
    </div>
  );
}
