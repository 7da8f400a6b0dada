import { Suspense, useEffect, useState } from "react";
import { Opening } from "./components/opening";
import { Shell } from "./components/shell";
import { late } from "./lib/late";
import { parseRoute } from "./lib/route";
import { ListenPage } from "./pages/listen";
import { LoginPage } from "./pages/login";
import { UnknownPage } from "./pages/unknown";
import { useAccess } from "./state/access";

// The first view is Listen; what belongs to the others comes when they are opened.
const RecordingPage = late(() => import("./pages/recording"));
const HistoryPage = late(() => import("./pages/history"));
const ModelPage = late(() => import("./pages/model"));
const MonitoringPage = late(() => import("./pages/monitoring"));
const TrainingPage = late(() => import("./pages/training"));

function useRoute() {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  useEffect(() => {
    const update = () => {
      setRoute(parseRoute(location.hash));
      window.scrollTo(0, 0);
    };
    window.addEventListener("hashchange", update);
    return () => window.removeEventListener("hashchange", update);
  }, []);
  return route;
}

export function App() {
  const route = useRoute();
  const access = useAccess();
  if (access.kind !== "in") {
    return (
      <Shell page="unknown" isOut>
        {access.kind === "out" ? <LoginPage hasEnded={access.hasEnded} /> : <Opening />}
      </Shell>
    );
  }
  return (
    <Shell page={route.page}>
      <Suspense fallback={<Opening />}>
        {route.page === "listen" && <ListenPage />}
        {route.page === "recording" && <RecordingPage key={route.id} id={route.id} />}
        {route.page === "history" && <HistoryPage query={route.query} />}
        {route.page === "model" && <ModelPage />}
        {route.page === "monitoring" && <MonitoringPage />}
        {route.page === "training" && <TrainingPage />}
        {route.page === "unknown" && <UnknownPage />}
      </Suspense>
    </Shell>
  );
}
