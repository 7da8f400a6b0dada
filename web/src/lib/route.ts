// The views stand behind the `#` of the address: paths belong to the API.

export type Route =
  | { page: "listen" }
  | { page: "result"; id: string }
  | { page: "model" }
  | { page: "monitoring" }
  | { page: "training" }
  | { page: "unknown" };

export function parseRoute(hash: string): Route {
  const [page, id, ...rest] = hash.replace(/^#?\/?/, "").split("/");
  if (rest.length > 0) return { page: "unknown" };
  if ((page === "" || page === "listen") && id === undefined) return { page: "listen" };
  if (page === "model" && id === undefined) return { page: "model" };
  if (page === "monitoring" && id === undefined) return { page: "monitoring" };
  if (page === "training" && id === undefined) return { page: "training" };
  if (page === "result" && id) return { page: "result", id: decodeURIComponent(id) };
  return { page: "unknown" };
}
