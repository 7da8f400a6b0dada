// Starts Swagger UI on the document of the server that served this page. Nothing else is asked:
// the validator badge, which would tell swagger.io about every visit, is off.
"use strict";

window.addEventListener("load", () => {
  window.ui = window.SwaggerUIBundle({
    url: new URL("openapi.json", document.baseURI).href,
    dom_id: "#swagger-ui",
    deepLinking: true,
    displayRequestDuration: true,
    layout: "BaseLayout",
    presets: [window.SwaggerUIBundle.presets.apis],
    tryItOutEnabled: true,
    validatorUrl: null,
  });
});
