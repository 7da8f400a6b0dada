// The views stand behind the `#` of the address: paths belong to the API.

export type Route =
  | { page: "listen" }
  | { page: "recording"; id: string } // of a prediction
  | { page: "history"; query: string }
  | { page: "model" }
  | { page: "monitoring" }
  | { page: "training" }
  | { page: "unknown" };

export function parseRoute(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#?\/?/, "").split(/\?(.*)/s);
  const [page, id, ...rest] = path.split("/");
  if (rest.length > 0) return { page: "unknown" };
  if ((page === "" || page === "listen") && id === undefined) return { page: "listen" };
  if (page === "model" && id === undefined) return { page: "model" };
  if (page === "monitoring" && id === undefined) return { page: "monitoring" };
  if (page === "training" && id === undefined) return { page: "training" };
  if (page === "recording" && id) return { page: "recording", id };
  if (page === "history" && id === undefined) return { page: "history", query };
  return { page: "unknown" };
}
