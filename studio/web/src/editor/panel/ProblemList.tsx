import { CircleAlert, TriangleAlert } from "lucide-react";
import type { Problem } from "../../graph/model";
import { FixButton } from "../FixButton";

/** Problems in plain words, each with what mends it; `onShow` goes to where one is. */
export function ProblemList({
  problems,
  onShow,
}: {
  problems: Problem[];
  onShow?: (problem: Problem) => void;
}) {
  if (!problems.length) return null;
  return (
    <ul className="plain-list problems" aria-label="Problems">
      {problems.map((problem, index) => {
        const Icon = problem.severity === "error" ? CircleAlert : TriangleAlert;
        const place = problem.nodes.length + problem.edges.length > 0;
        const words = (
          <>
            <Icon size={15} aria-label={problem.severity === "error" ? "Error" : "Warning"} />{" "}
            <span>{problem.message}</span>
          </>
        );
        return (
          <li key={index} className={`problem problem-${problem.severity}`}>
            {onShow && place ? (
              <button type="button" className="problem-words" onClick={() => onShow(problem)}>
                {words}
              </button>
            ) : (
              <span className="problem-words">{words}</span>
            )}
            {problem.fix && <FixButton fix={problem.fix} />}
          </li>
        );
      })}
    </ul>
  );
}
