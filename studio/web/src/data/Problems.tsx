import type { Message } from "../api/client";

/** What is wrong, or should be looked at, at its field. */
export function Problems({ problems }: { problems: Message["DraftProblem"][] }) {
  if (problems.length === 0) return null;
  return (
    <ul className="problems">
      {problems.map((problem) => (
        <li
          key={problem.message}
          data-severity={problem.severity}
          role={problem.severity === "error" ? "alert" : undefined}
        >
          {problem.severity === "warning" && "Please check: "}
          {problem.message}
        </li>
      ))}
    </ul>
  );
}
