/** Which part of the source may import which. What is not said to be allowed between parts of src/ is forbidden. */

/** For each part of src/, the other parts that it may import. */
const allowed = {
  spec: [],
  protocol: ['spec'],
  errors: [],
  config: [],
  outgoing: ['config'],
  tracing: ['config'],
  engine: [],
  trainer: ['engine', 'protocol', 'spec'],
  store: ['protocol', 'spec', 'errors'],
  queue: ['store', 'spec', 'errors'],
  tools: ['spec', 'errors', 'protocol', 'outgoing', 'config'],
  rewards: ['spec', 'errors', 'protocol', 'tools', 'outgoing'],
  worker: ['queue', 'store', 'tools', 'rewards', 'outgoing', 'protocol', 'spec', 'errors', 'config', 'tracing'],
  http: ['queue', 'store', 'errors', 'config', 'spec', 'tracing'],
  modules: ['queue', 'store', 'http', 'errors', 'config', 'spec', 'rewards', 'outgoing'],
  embedded: ['config', 'spec', 'store', 'modules/keys'],
};

const tests = '\\.test\\.ts$';

/** For each folder of a part, the other folders of that part that it may import, as data flows; `shared`: files beside the folders that all of them may import. */
const layers = {
  engine: {
    shared: ['format-error', 'random'],
    folders: {
      graph: [],
      autodiff: ['graph'],
      nn: ['graph'],
      onnx: ['graph'],
      device: ['graph', 'onnx'],
      packing: [],
      objectives: ['graph', 'nn', 'device'],
      models: ['graph', 'nn', 'device', 'packing'],
      io: ['graph', 'device', 'models'],
      training: ['graph', 'autodiff', 'device', 'packing', 'objectives', 'models'],
      kernels: [],
      optim: ['graph', 'device', 'kernels', 'models', 'training'],
      export: ['graph', 'nn', 'onnx', 'models', 'io'],
    },
  },
  trainer: {
    shared: [
      'budget',
      'chat-inbox',
      'close-on-error',
      'device',
      'draws',
      'failure',
      'link',
      'stopwatch',
      'yield-to-event-loop',
    ],
    folders: {
      model: [],
      trees: ['model'],
      algorithms: ['trees'],
      examples: ['model', 'trees'],
      rollout: ['algorithms', 'model', 'trees'],
      chat: ['model', 'rollout'],
      external: ['chat', 'model', 'rollout', 'trees'],
      update: ['algorithms', 'model', 'trees'],
      memory: ['algorithms', 'model', 'rollout', 'update'],
      jobs: ['algorithms', 'chat', 'examples', 'external', 'memory', 'model', 'rollout', 'trees', 'update'],
      preview: ['algorithms', 'examples', 'jobs', 'memory', 'model', 'rollout', 'trees', 'update'],
    },
  },
};

const layerRules = Object.entries(layers).flatMap(([part, { shared, folders }]) => [
  {
    name: `${part}-shared-imports`,
    severity: 'error',
    comment: `What all folders of src/${part} share imports none of them`,
    from: { path: `^src/${part}/(${shared.join('|')})\\.ts$` },
    to: { path: `^src/${part}/[^/]+/` },
  },
  ...Object.entries(folders).map(([folder, others]) => ({
    name: `${part}-${folder}-imports`,
    severity: 'error',
    comment: `src/${part}/${folder} may import of src/${part} ${[...others, ...shared].join(', ')}`,
    from: { path: `^src/${part}/${folder}/`, pathNot: tests },
    to: {
      path: `^src/${part}/`,
      pathNot: [`^src/${part}/(${[folder, ...others].join('|')})/`, `^src/${part}/(${shared.join('|')})\\.ts$`],
    },
  })),
]);

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...Object.entries(allowed).map(([part, others]) => ({
      name: `${part}-imports`,
      severity: 'error',
      comment: `src/${part} may import ${others.map((other) => `src/${other}`).join(', ') || 'nothing else of src'}`,
      from: { path: `^src/${part}/`, pathNot: tests },
      to: { path: '^(src|examples|openapi|bench|test)/', pathNot: [part, ...others].map((other) => `^src/${other}/`) },
    })),
    ...layerRules,
    {
      name: 'engine-door',
      severity: 'error',
      comment: 'src/engine/index.ts is the only door into the engine',
      from: { path: '^src/', pathNot: ['^src/engine/', tests] },
      to: { path: '^src/engine/', pathNot: '^src/engine/index\\.ts$' },
    },
    {
      name: 'resources-apart',
      severity: 'error',
      comment: 'A resource of the API does not import another one: what they share is in store/, spec/ or http/',
      from: { path: '^src/modules/([^/]+)/', pathNot: tests },
      to: { path: '^src/modules/', pathNot: '^src/modules/$1/' },
    },
    {
      name: 'nothing-imports-worker',
      severity: 'error',
      comment: 'Only the worker composes the worker',
      from: {
        path: '^(src|openapi|examples)/',
        pathNot: ['^src/worker/', '^src/(main\\.worker|worker\\.module)\\.ts$', tests],
      },
      to: { path: '^src/worker/' },
    },
    {
      name: 'client-stands-alone',
      severity: 'error',
      comment: 'The client runs in browsers and knows the service by its document only',
      from: { path: '^openapi/', pathNot: tests },
      to: { path: '^(src|migrations|examples|test)/' },
    },
    {
      name: 'command-line-stands-alone',
      severity: 'error',
      comment: 'The command line is a client like any other',
      from: { path: '^cli/', pathNot: tests },
      to: { path: '^(src|migrations|examples|bench|test|web)/' },
    },
    {
      name: 'page-stands-alone',
      severity: 'error',
      comment: 'The page knows the service by its document only, and nothing needs the page',
      from: { path: '^web/' },
      to: { path: '^(src|migrations|examples|bench|test|scripts)/' },
    },
    {
      name: 'pure-data',
      severity: 'error',
      comment: 'What every process and the browser may import does not touch the machine',
      from: { path: '^src/(spec|errors)/', pathNot: tests },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'engine-has-no-server',
      severity: 'error',
      comment: 'The trainer process has no database, no queue and no network',
      from: { path: '^src/(engine|trainer)/', pathNot: tests },
      to: { path: 'node_modules/(typeorm|pg|bull|ioredis|@nestjs|express)(/|$)|^(node:)?(http|https|net|tls|dgram)$' },
    },
    {
      name: 'api-has-no-engine',
      severity: 'error',
      comment: 'No model runs in the API',
      from: { path: '^src/(main|api\\.module)\\.ts$' },
      to: { path: 'node_modules/onnxruntime-(node|common)/', reachable: true },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'Entities may name each other as types; nothing else goes round in circles, types neither',
      from: { pathNot: '^src/store/entities/' },
      to: { circular: true },
    },
    {
      name: 'no-unresolvable',
      severity: 'error',
      comment: 'The package names itself as bough/client where it acts as one of its users',
      from: {},
      to: { couldNotResolve: true, pathNot: '^bough/client$' },
    },
    {
      name: 'no-development-packages',
      severity: 'error',
      comment: 'What runs in production is among the dependencies',
      from: { path: '^(src|migrations)/', pathNot: tests },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
