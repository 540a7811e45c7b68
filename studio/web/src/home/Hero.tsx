import { Pencil } from "lucide-react";
import { Link } from "wouter";
import { TourOffer } from "../learn/TourOffer";

/** What this is, and the shortest way to a model. */
export function Hero() {
  return (
    <section className="hero">
      <div>
        <h1>Draw a neural network, train it, ask it.</h1>
        <p className="quiet">
          What you draw goes through the same pipeline that code goes through: data checks, training, gates, a
          version, a server. Nothing to write.
        </p>
        <div className="row">
          <Link className="button button-primary" to="/draw/new?dataset=digits" data-tour="start">
            <Pencil size={16} aria-hidden /> Draw a model for digits
          </Link>
          <Link className="button" to="/learn">
            How does it work?
          </Link>
        </div>
        <TourOffer place="home" />
      </div>
      <Picture />
    </section>
  );
}

/** A small network, as it is drawn in the editor. */
function Picture() {
  const layers = [
    { y: 8, name: "Input", fill: "var(--group-core)" },
    { y: 58, name: "Conv2D", fill: "var(--group-convolution)" },
    { y: 108, name: "Flatten", fill: "var(--group-reshaping)" },
    { y: 158, name: "Dense", fill: "var(--group-core)" },
  ];
  return (
    <svg viewBox="0 0 220 200" aria-hidden>
      {layers.map(({ y, name, fill }, index) => (
        <g key={name}>
          {index > 0 && <path d={`M110 ${y - 16} V${y}`} stroke="var(--line-strong)" strokeWidth="2" />}
          <rect x="50" y={y} width="120" height="34" rx="8" fill={fill} stroke="var(--line-strong)" />
          <text x="110" y={y + 22} textAnchor="middle" fontSize="14" fill="var(--text)">
            {name}
          </text>
        </g>
      ))}
    </svg>
  );
}
