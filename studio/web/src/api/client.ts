import { QueryClient } from "@tanstack/react-query";
import createFetchClient, { type Middleware } from "openapi-fetch";
import createQueryClient from "openapi-react-query";
import type { components, paths } from "./schema";

/** The messages of the server, by name: `Message["Graph"]`. */
export type Message = components["schemas"];

/** An answer that is an error: its one line is for people. */
export class ServerError extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly document: unknown,
  ) {
    super(message);
  }
}

const raising: Middleware = {
  onRequest({ request }) {
    // The server takes changes from its own page only, which alone can set this header.
    request.headers.set("x-slipway-studio", "1");
    return request;
  },
  async onResponse({ response }) {
    if (response.ok) return response;
    const document = await response
      .clone()
      .json()
      .catch(() => null);
    throw new ServerError(
      document?.detail ?? `The server answered ${response.status}.`,
      response.status,
      document,
    );
  },
  onError() {
    return new ServerError("The studio does not answer; is it still running?", 0, null);
  },
};

/** Calls the server: `await client.POST("/api/graphs/check", { body })`; an error answer is thrown as ServerError. */
export const client = createFetchClient<paths>({ baseUrl: window.location.origin });
client.use(raising);

/** The same as hooks: `api.useQuery("get", "/api/state")`. */
export const api = createQueryClient(client);

export const queries = new QueryClient({
  defaultOptions: { queries: { retry: 1, staleTime: 5_000, refetchOnWindowFocus: true } },
});
