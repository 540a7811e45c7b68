import type { Argument, Palette, Problem } from "../../graph/model";
import { ArgumentField } from "./ArgumentField";

/** The arguments of a layer or an object: common ones at once, the others under "More". */
export function ArgumentList({
  args,
  config,
  onChange,
  palette,
  problems = [],
}: {
  args: Argument[];
  config: Record<string, unknown>;
  onChange: (name: string, value: unknown) => void;
  palette: Palette;
  problems?: Problem[];
}) {
  const problemOf = (name: string) => problems.find((problem) => problem.field === name)?.message;
  const field = (argument: Argument) => (
    <ArgumentField
      key={argument.name}
      argument={argument}
      value={config[argument.name]}
      onChange={(value) => onChange(argument.name, value)}
      palette={palette}
      problem={problemOf(argument.name)}
    />
  );
  const shown = (argument: Argument) => argument.required || argument.common || !!problemOf(argument.name);
  const more = args.filter((argument) => !shown(argument));
  const changed = more.filter((argument) => config[argument.name] !== undefined).length;
  return (
    <>
      {args.filter(shown).map(field)}
      {more.length > 0 && (
        <details className="more">
          <summary>
            More arguments ({more.length}
            {changed ? `, ${changed} changed` : ""})
          </summary>
          <div className="stack">{more.map(field)}</div>
        </details>
      )}
    </>
  );
}
