import { GraduationCap, House, ListChecks, Upload } from "lucide-react";
import type { ReactNode } from "react";
import { Link, useLocation } from "wouter";
import { api } from "../api/client";
import { Badge } from "../ui/Badge";
import "./shell.css";

const PLACES = [
  { to: "/", label: "Studio", Icon: House },
  { to: "/jobs", label: "Jobs", Icon: ListChecks },
  { to: "/data/new", label: "Your data", Icon: Upload },
  { to: "/learn", label: "Learn", Icon: GraduationCap },
];

/** The header (at the bottom on a phone) around every page. */
export function Shell({ children }: { children: ReactNode }) {
  const [location] = useLocation();
  return (
    <div className="shell">
      <a className="skip" href="#content">
        Skip to the page
      </a>
      <header className="shell-header">
        <Link to="/" className="shell-brand">
          <img src="/icon.svg" alt="" width={24} height={24} />
          <span>Slipway studio</span>
        </Link>
        <nav className="shell-nav" aria-label="Pages">
          {PLACES.map(({ to, label, Icon }) => (
            <Link
              key={to}
              to={to}
              data-tour={`nav-${label.toLowerCase()}`}
              aria-current={location === to ? "page" : undefined}
            >
              <Icon size={18} aria-hidden />
              <span>{label}</span>
            </Link>
          ))}
        </nav>
        <KerasState />
      </header>
      <div id="content" className="shell-content">
        {children}
      </div>
    </div>
  );
}

/** Whether Keras is loaded yet: graphs are checked from then on. */
function KerasState() {
  const { data } = api.useQuery("get", "/api/state", undefined, {
    refetchInterval: (query) => (query.state.data?.keras.state === "ready" ? 15_000 : 1_000),
  });
  const keras = data?.keras;
  return (
    <div className="shell-state" role="status">
      {keras?.state === "loading" && <Badge tone="waiting">Loading Keras …</Badge>}
      {keras?.state === "failed" && <Badge tone="bad">Keras did not load: {keras.error}</Badge>}
      {keras?.state === "ready" && <Badge tone="quiet">Keras {keras.version}</Badge>}
    </div>
  );
}
