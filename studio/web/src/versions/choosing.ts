/** Which two versions are compared, and where pages of versions are. */
import type { Message } from "../api/client";

/** The choice after a press: of three the one that was chosen first is let go. */
export function toggled(chosen: readonly string[], id: string): readonly string[] {
  return chosen.includes(id) ? chosen.filter((other) => other !== id) : [...chosen, id].slice(-2);
}

/** Of a dataset's page. */
export function datasetPath(dataset: string): string {
  return `/datasets/${encodeURIComponent(dataset)}`;
}

/** Of a version's page. */
export function versionPath(dataset: string, id: string): string {
  return `${datasetPath(dataset)}/versions/${encodeURIComponent(id)}`;
}

/** Of two versions side by side. */
export function betweenPath(dataset: string, left: string, right: string): string {
  return `${datasetPath(dataset)}/compare/${encodeURIComponent(left)}/${encodeURIComponent(right)}`;
}

/** Of the form to ask a version with, the newest where none is named. */
export function tryPath(dataset: string, version?: string | null): string {
  return `${datasetPath(dataset)}/try${version ? `?version=${encodeURIComponent(version)}` : ""}`;
}

/** The comparison of two chosen rows, the older one at the left; null for fewer. */
export function comparePath(versions: Message["Versions"], chosen: readonly string[]): string | null {
  const [newer, older] = versions.rows.map(({ id }) => id).filter((id) => chosen.includes(id));
  return newer && older ? betweenPath(versions.dataset, older, newer) : null;
}

/** The version that another one is compared with by default: the newest pushed one that is older; else undefined. */
export function before(
  rows: readonly Message["VersionRow"][],
  id: string,
): Message["VersionRow"] | undefined {
  const place = rows.findIndex((row) => row.id === id);
  return place < 0 ? undefined : rows.slice(place + 1).find((row) => row.version !== null && !row.removed);
}
