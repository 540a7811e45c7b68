import { Timer } from "lucide-react";
import { api } from "../api/client";
import { Button } from "../ui/Button";
import { DataTable } from "../ui/DataTable";
import { ErrorNote } from "../ui/ErrorNote";
import { Spinner } from "../ui/Spinner";

/** Asks both versions in turn on request, and shows how long they take. */
export function LatencyTable({ name, left, right }: { name: string; left: string; right: string }) {
  const latency = api.useMutation("post", "/api/datasets/{name}/compare/latency");
  const measure = () => latency.mutate({ params: { path: { name }, query: { left, right } } });
  const found = latency.data;
  return (
    <section aria-labelledby="latency">
      <h2 id="latency">Latency</h2>
      {!latency.isPending && (
        <Button onClick={measure}>
          <Timer size={16} aria-hidden />
          {found ? "Measure again" : "Measure the latency"}
        </Button>
      )}
      {latency.isPending && <Spinner label="Both are asked in turn, through gateway and model server" />}
      <ErrorNote error={latency.error} />
      {found && !latency.isPending && (
        <DataTable
          caption={`Milliseconds of one request, of ${found.left.requests} each`}
          head={["version", "median", "95th percentile"]}
          rows={[found.left, found.right].map(({ version, median, p95 }) => ({
            key: version,
            cells: [version, `${median.toFixed(1)} ms`, `${p95.toFixed(1)} ms`],
          }))}
        />
      )}
    </section>
  );
}
