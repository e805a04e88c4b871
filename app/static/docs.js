// The contract page: reads our own /openapi.json, asks nobody else.
SwaggerUIBundle({ url: "/openapi.json", dom_id: "#docs", deepLinking: true, validatorUrl: null,
                  defaultModelsExpandDepth: 0, docExpansion: "list", filter: true });
