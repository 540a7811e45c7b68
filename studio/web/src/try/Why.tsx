import type { Message } from "../api/client";
import { colour, relative, signed } from "./attribution";
import type { Picture, Values } from "./input";
import { Seen } from "./Seen";

/** Why the model answered so: features as bars, words lit in their text, a heat map over a picture. */
export function Why({
  explanation,
  form,
  values,
}: {
  explanation: Message["Explanation"];
  form: Message["Form"];
  values: Values;
}) {
  const image = form.fields.find((field) => field.kind === "image");
  const text = form.fields.length === 1 && form.fields[0]!.kind === "text";
  const { heat, parts } = explanation;
  return (
    <div className="stack">
      <p className="quiet">
        What each part adds to the {explanation.of}, by {explanation.method}.
      </p>
      {heat && image && (
        <div className="row why-heat">
          <Seen
            field={image}
            picture={values[image.name] as Picture | null}
            heat={heat}
            label="The picture; pixels that speak for the answer are orange, those against it blue"
          />
          <Legend />
        </div>
      )}
      {!heat && text && <Words parts={parts} />}
      {!heat && !text && <Parts parts={parts} />}
    </div>
  );
}

function Legend() {
  return (
    <ul className="legend">
      <li>
        <span className="legend-for" aria-hidden /> speaks for the answer
      </li>
      <li>
        <span className="legend-against" aria-hidden /> speaks against it
      </li>
    </ul>
  );
}

function Words({ parts }: { parts: Message["Attribution"][] }) {
  const weights = parts.map((part) => part.weight);
  const strongest = [...parts].sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight)).slice(0, 8);
  return (
    <>
      <p className="words">
        {parts.map((part, index) => {
          const [red, green, blue, strength] = colour(relative(part.weight, weights));
          return (
            <span
              key={index}
              title={signed(part.weight)}
              style={{ background: `rgb(${red} ${green} ${blue} / ${(0.6 * strength) / 255})` }}
            >
              {part.name}{" "}
            </span>
          );
        })}
      </p>
      <Legend />
      <h4>The words that count most</h4>
      <Parts parts={strongest} words />
    </>
  );
}

function Parts({ parts, words = false }: { parts: Message["Attribution"][]; words?: boolean }) {
  const weights = parts.map((part) => part.weight);
  return (
    <>
      <ol className="parts" aria-label="What each input adds">
        {parts.map((part, index) => {
          const share = relative(part.weight, weights);
          return (
            <li key={index}>
              <span className="part-name">
                {part.name}
                {!words && <span className="quiet"> {String(part.value ?? "") || "(missing)"}</span>}
              </span>
              <span className="part-track" aria-hidden>
                <span
                  data-for={share >= 0}
                  style={{
                    width: `${50 * Math.abs(share)}%`,
                    marginLeft: share < 0 ? `${50 + 50 * share}%` : "50%",
                  }}
                />
              </span>
              <span className="bar-share">{signed(part.weight)}</span>
            </li>
          );
        })}
      </ol>
    </>
  );
}
