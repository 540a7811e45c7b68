import { Check } from "lucide-react";
import { Link } from "wouter";
import type { Message } from "../api/client";
import { Begin } from "../train/Begin";

/** The page is written: what comes next. */
export function Written({ page }: { page: Message["WrittenPage"] }) {
  return (
    <section className="card stack" aria-label="The page is written">
      <h2 className="written">
        <Check size={22} aria-hidden /> {page.dataset} has a page
      </h2>
      <p>
        It is the file <code>{page.path}</code>, which any editor can change. From now on it is a{" "}
        <Link to={`/datasets/${page.dataset}`}>dataset</Link> like the others.
      </p>
      <Begin dataset={page.dataset} />
    </section>
  );
}
