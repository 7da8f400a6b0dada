import "@mantine/core/styles.css";
import "uplot/dist/uPlot.min.css";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/cards.css";
import "./styles/intake.css";
import "./styles/verdict.css";
import "./styles/results.css";
import "./styles/player.css";
import "./styles/evidence.css";
import "./styles/figures.css";
import "./styles/charts.css";
import "./styles/monitoring.css";
import "./styles/training.css";
import "./styles/history.css";
import "./styles/login.css";
import "./styles/narrow.css";
import "./styles/print.css";
import { MantineProvider } from "@mantine/core";
import { createRoot } from "react-dom/client";
import { App } from "./app";
import { theme } from "./theme";

// Below a base path the server sets <base>, and may have been asked without a slash at the end: a link
// to `#/model` would then load the page once more.
const home = new URL(document.baseURI);
if (document.querySelector("base") && home.pathname !== location.pathname) {
  history.replaceState(null, "", home.pathname + location.search + location.hash);
}

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <App />
    </MantineProvider>,
  );
}
