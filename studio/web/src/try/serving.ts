import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { api, client, type Message, ServerError } from "../api/client";
import { useDebounced } from "../ui/useDebounced";

/** The model server's state; it is started once `wanted`. */
export function useServing(wanted: boolean) {
  const { data, error } = api.useQuery("get", "/api/serving", undefined, {
    enabled: wanted,
    refetchInterval: (query) => (query.state.data?.state === "ready" ? 15_000 : 700),
  });
  const start = api.useMutation("post", "/api/serving");
  const { mutate, isIdle } = start;
  const stopped = data?.state === "stopped";
  useEffect(() => {
    if (wanted && stopped && isIdle) mutate({});
  }, [wanted, stopped, isIdle, mutate]);
  return { serving: data, error: error ?? start.error, again: () => mutate({}) };
}

/** The answer to an input, asked anew when it changes and rests; `input` null asks nothing. */
export function useAnswer(name: string, version: string | null, input: unknown, ready: boolean) {
  // By its text: an equal input is no other question.
  const text = useDebounced(JSON.stringify(input), 150);
  const rested: unknown = JSON.parse(text);
  return useQuery<Message["Reply"], ServerError>({
    queryKey: ["ask", name, version, text],
    queryFn: ({ signal }) =>
      client
        .POST("/api/datasets/{name}/ask", {
          params: { path: { name } },
          body: { input: rested, version },
          signal,
        })
        .then(({ data }) => data!),
    enabled: ready && rested !== null && input !== null,
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    gcTime: 60_000,
    // A server that has just started, or just got a new version, needs a moment.
    retry: (times, error) => error.status === 503 && times < 10,
    retryDelay: 800,
  });
}
