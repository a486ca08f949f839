/** The model card of an export: the one that came with the model, or a short one, with a section that says what was exported and how it is loaded. */
import type { ExportModelJob } from '../../protocol/messages.js';
import type { ExportFormat } from '../../spec/enums.js';

type Front = Pick<ExportModelJob, 'origin' | 'format'>;

/** Stands in an adapter's configuration where its base model is in no repository. */
export const BASE_PLACE = '../base-model';

const BASE_REMEDY = ` The model that the adapter was trained on is in no repository: export what the run started from as \`huggingface\`, and unpack it at \`${BASE_PLACE}\` beside this folder, or put its place in \`base_model_name_or_path\` of adapter_config.json.`;

/** What the hub of Hugging Face calls the program that loads it. */
const libraries: { readonly [F in ExportFormat]: string } = {
  huggingface: 'transformers',
  peft: 'peft',
  onnx: 'transformers.js',
};

const usage: { readonly [F in ExportFormat]: (job: ExportModelJob, inRepository: boolean) => string } = {
  huggingface: () => `from transformers import AutoModelForCausalLM, AutoTokenizer

model = AutoModelForCausalLM.from_pretrained(".", dtype="auto")
tokenizer = AutoTokenizer.from_pretrained(".")`,
  peft: ({ origin }, inRepository) => `from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

base = AutoModelForCausalLM.from_pretrained(${JSON.stringify((inRepository ? origin.base_model : null) ?? BASE_PLACE)})
model = PeftModel.from_pretrained(base, ".")
tokenizer = AutoTokenizer.from_pretrained(".")`,
  onnx: ({ dtype }) => `import { env, pipeline } from "@huggingface/transformers";

env.localModelPath = "..";
const generate = await pipeline("text-generation", "this-folder", { dtype: "${dtype === 'float16' ? 'fp16' : 'fp32'}" });`,
};

/**
 * @param card README.md of what is exported, null if it has none
 * @param inRepository whether an adapter's base model is one of the hub
 */
export function exportCard(card: string | null, job: ExportModelJob, inRepository = true): string {
  const { origin, format, dtype } = job;
  const language = format === 'onnx' ? 'js' : 'python';
  return `${withLibrary(card ?? shortCard(job), libraries[format])}
## This export

\`${origin.model}\` as ${libraries[format]} loads it, weights in ${dtype}, written by Bough ${origin.service_version}.${inRepository ? '' : BASE_REMEDY}

\`\`\`${language}
${usage[format](job, inRepository)}
\`\`\`
`;
}

function shortCard({ origin: { model, name, base_model } }: Front): string {
  const base = base_model === null ? '' : `base_model: ${JSON.stringify(base_model)}\n`;
  const title = name.replace(/\s+/g, ' ');
  const text = base_model === null ? `\`${model}\` of Bough.` : `${base_model}, through Bough.`;
  return `---\n${base}pipeline_tag: text-generation\ntags:\n  - bough\n---\n\n# ${title}\n\n${text}\n`;
}

/** Names the library in the front matter, which is made if there is none. */
function withLibrary(card: string, library: string): string {
  const [, front = '', body = card] = /^---\r?\n([\s\S]*?\n)---\r?\n([\s\S]*)$/.exec(card) ?? [];
  const others = front.split(/(?<=\n)/).filter((line) => !line.startsWith('library_name:'));
  return `---\n${others.join('')}library_name: ${library}\n---\n${body}`;
}
