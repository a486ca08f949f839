/** Word problems of our own, made from a seed, for whoever has no data at hand. Simpler and more alike than real ones. */
import type { Random } from '../../support/random.js';
import type { Calculation, Problem } from './problem.js';

interface Story {
  readonly question: string;
  readonly calculations: readonly Calculation[];
}

/** `count` problems, all different. */
export function sampleProblems(random: Random, count: number): Problem[] {
  const problems = new Map<string, Problem>();
  while (problems.size < count) {
    const { question, calculations } = random.pick(stories)(random);
    const answer = String(calculations.at(-1)?.value);
    problems.set(question, { id: `sample-${problems.size + 1}`, question, answer, calculations });
  }
  return [...problems.values()];
}

const names = ['Ada', 'Ben', 'Clara', 'David', 'Emma', 'Felix', 'Grace', 'Hugo', 'Iris', 'Jonas', 'Lena', 'Milo'];
const things = ['apples', 'books', 'candles', 'marbles', 'pencils', 'shells', 'stamps', 'stickers'];

/** As the arithmetic of a story is worked out: the value is computed here, the expression is what Python gets. */
const step = (thought: string, expression: string, value: number): Calculation => ({ thought, expression, value });

const stories: readonly ((random: Random) => Story)[] = [
  (random) => {
    const [name, item] = [random.pick(names), random.pick(things)];
    const [count, price] = [random.integer(2, 9), random.integer(2, 12)];
    const cost = count * price;
    const note = cost + random.integer(1, 30);
    return {
      question: `${name} buys ${count} ${item} for ${price} dollars each and pays with ${note} dollars. How many dollars does ${name} get back?`,
      calculations: [
        step(`The ${item} cost`, `${count}*${price}`, cost),
        step(`${name} gets back`, `${note}-${cost}`, note - cost),
      ],
    };
  },
  (random) => {
    const [name, item] = [random.pick(names), random.pick(things)];
    const [boxes, each, loose] = [random.integer(3, 12), random.integer(4, 20), random.integer(1, 15)];
    return {
      question: `${name} fills ${boxes} boxes with ${each} ${item} each and has ${loose} ${item} left over. How many ${item} does ${name} have in all?`,
      calculations: [
        step('In the boxes there are', `${boxes}*${each}`, boxes * each),
        step('In all there are', `${boxes * each}+${loose}`, boxes * each + loose),
      ],
    };
  },
  (random) => {
    const [first, second] = random.shuffled(names) as [string, string];
    const item = random.pick(things);
    const [friends, share] = [random.integer(2, 8), random.integer(3, 15)];
    const total = friends * share;
    const own = random.integer(1, total - 1);
    return {
      question: `${first} has ${own} ${item} and ${second} has ${total - own}. They put them together and share them equally among ${friends} friends. How many ${item} does each friend get?`,
      calculations: [
        step('Together they have', `${own}+${total - own}`, total),
        step('Each friend gets', `${total}/${friends}`, share),
      ],
    };
  },
  (random) => {
    const [hours, speed, more] = [random.integer(2, 8), random.integer(30, 90), random.integer(5, 80)];
    return {
      question: `A bus drives for ${hours} hours at ${speed} kilometres per hour, and then ${more} kilometres more. How many kilometres does it drive?`,
      calculations: [
        step(`In ${hours} hours it drives`, `${hours}*${speed}`, hours * speed),
        step('In all it drives', `${hours * speed}+${more}`, hours * speed + more),
      ],
    };
  },
  (random) => {
    const name = random.pick(names);
    const [weeks, saved] = [random.integer(3, 12), random.integer(4, 25)];
    const spent = random.integer(1, weeks * saved - 1);
    return {
      question: `${name} saves ${saved} dollars every week for ${weeks} weeks and then spends ${spent} dollars. How many dollars are left?`,
      calculations: [
        step(`${name} saves`, `${saved}*${weeks}`, saved * weeks),
        step('What is left is', `${saved * weeks}-${spent}`, saved * weeks - spent),
      ],
    };
  },
  (random) => {
    const [first, second] = random.shuffled(names) as [string, string];
    const item = random.pick(things);
    const [own, times] = [random.integer(3, 25), random.integer(2, 6)];
    return {
      question: `${first} has ${own} ${item}. ${second} has ${times} times as many. How many ${item} do they have together?`,
      calculations: [
        step(`${second} has`, `${times}*${own}`, times * own),
        step('Together they have', `${own}+${times * own}`, own + times * own),
      ],
    };
  },
  (random) => {
    const [bags, inBag, perTray] = [random.integer(3, 12), random.integer(2, 9), random.integer(6, 18)];
    const trays = Math.ceil((bags * inBag) / perTray) + random.integer(1, 4);
    const baked = trays * perTray;
    const sold = baked - bags * inBag;
    return {
      question: `A baker bakes ${trays} trays of ${perTray} rolls, sells ${sold} of them and packs the rest in bags of ${inBag}. How many bags are there?`,
      calculations: [
        step('The baker bakes', `${trays}*${perTray}`, baked),
        step('What is left is', `${baked}-${sold}`, bags * inBag),
        step('The number of bags is', `${bags * inBag}/${inBag}`, bags),
      ],
    };
  },
  (random) => {
    const [price, percent] = [20 * random.integer(1, 20), 5 * random.integer(1, 16)];
    const off = (price * percent) / 100;
    return {
      question: `A coat costs ${price} dollars. Today it is ${percent} percent cheaper. How many dollars does it cost today?`,
      calculations: [
        step('The coat is cheaper by', `${price}*${percent}/100`, off),
        step('Today it costs', `${price}-${off}`, price - off),
      ],
    };
  },
  (random) => {
    const [oldest, middle, youngest] = random.shuffled(names) as [string, string, string];
    const [age, younger] = [random.integer(20, 40), random.integer(2, 9)];
    const half = (age - younger) * 2;
    return {
      question: `${middle} is ${age} years old. ${youngest} is ${younger} years younger, and ${oldest} is twice as old as ${youngest}. How old are the three together?`,
      calculations: [
        step(`${youngest} is`, `${age}-${younger}`, age - younger),
        step(`${oldest} is`, `2*${age - younger}`, half),
        step('Together they are', `${age}+${age - younger}+${half}`, age + age - younger + half),
      ],
    };
  },
  (random) => {
    const [girls, boys, each] = [random.integer(6, 16), random.integer(6, 16), random.integer(2, 7)];
    const item = random.pick(things);
    return {
      question: `In a class there are ${girls} girls and ${boys} boys. Each of them brings ${each} ${item}. How many ${item} do they bring?`,
      calculations: [
        step('The children are', `${girls}+${boys}`, girls + boys),
        step('They bring', `${girls + boys}*${each}`, (girls + boys) * each),
      ],
    };
  },
];
