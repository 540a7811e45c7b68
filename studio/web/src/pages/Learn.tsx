import { Compass } from "lucide-react";
import { useLocation } from "wouter";
import { startTour } from "../learn/tour";
import { Words } from "../learn/Words";
import { Workflow } from "../learn/Workflow";
import "../learn/learn.css";
import { Button } from "../ui/Button";

/** Learning by doing: the tours, the universal workflow, the words. */
export default function Learn() {
  const [, go] = useLocation();
  const tour = () => {
    go("/");
    void shown('[data-tour="datasets"] article').then(() => startTour("home"));
  };
  return (
    <main className="page learn">
      <h1>Learn</h1>
      <p className="quiet">
        Draw a model for digits first: it is the quickest way to see all of it. What happens on the way has
        names; they are below.
      </p>
      <div className="row">
        <Button onClick={tour}>
          <Compass size={16} aria-hidden /> Tour of the studio
        </Button>
        <Button onClick={() => go("/draw/new?dataset=digits&tour=editor")}>
          <Compass size={16} aria-hidden /> Tour of the editor
        </Button>
      </div>
      <Workflow />
      <Words />
    </main>
  );
}

/** Waits until the page shows something, at most five seconds. */
async function shown(selector: string): Promise<void> {
  for (let times = 0; times < 50 && document.querySelector(selector) === null; times++)
    await new Promise((resolve) => setTimeout(resolve, 100));
}
