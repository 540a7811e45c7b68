import { Compass } from "lucide-react";
import { useLocation } from "wouter";
import { type Place, wantTour } from "../learn/tour";
import { Words } from "../learn/Words";
import { Workflow } from "../learn/Workflow";
import "../learn/learn.css";
import { Button } from "../ui/Button";

/** Learning by doing: the tours, the universal workflow, the words. */
export default function Learn() {
  const [, go] = useLocation();
  const tour = (place: Place, to: string) => {
    wantTour(place);
    go(to);
  };
  return (
    <main className="page learn">
      <h1>Learn</h1>
      <p className="quiet">
        Draw a model for digits first: it is the quickest way to see all of it. What happens on the way has
        names; they are below.
      </p>
      <div className="row">
        <Button onClick={() => tour("home", "/")}>
          <Compass size={16} aria-hidden /> Tour of the studio
        </Button>
        <Button onClick={() => tour("editor", "/draw/new?dataset=digits")}>
          <Compass size={16} aria-hidden /> Tour of the editor
        </Button>
      </div>
      <Workflow />
      <Words />
    </main>
  );
}
