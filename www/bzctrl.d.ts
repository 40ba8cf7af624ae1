// Types of the BzCtrl widget, for `bzctrl.js` beside it. No page fetches this file: copy it into your project, and name
// it in your tsconfig.json for the address that you import from:
//
//   "paths": { "https://relay.example.com/widget/v1/bzctrl.js": ["./types/bzctrl.d.ts"] }
//
// Pages that import nothing get the element and its events by `/// <reference path="./types/bzctrl.d.ts" />`.

/** What is plainly meant as text is taken as text. */
export type Text = string | number | bigint;

/** `HIGH`, `MEDIUM` or `LOW`, in any case. */
export type Level = 'HIGH' | 'MEDIUM' | 'LOW' | (string & {});

/** What a page says of the todo and of the form: the element's `config`, and what `open()` takes. */
export interface Settings {
  /** The relay's base URL. Default: where the script came from. */
  relay?: string;
  /** A full URL, for a backend of your own that answers as the relay does. Default: `{relay}/v1/token`. */
  tokenEndpoint?: string;
  /** `include`: cookies go to a relay of another origin too. Default: to the page's own origin alone. */
  credentials?: 'include';
  /** Where your backend answers a fresh JWT that it has signed for its user, as text: a GET, with cookies. See docs/IDENTITY.md. */
  assertionEndpoint?: string;
  /** In place of `assertionEndpoint`: a function of yours that returns a promise of such a JWT. It rejects when nobody is signed in. */
  assertion?: () => string | Promise<string>;
  /** Token mode only: where todos go when the token answer does not say. */
  taskEndpoint?: string;
  /** Token mode only: BzCtrl's environment, in place of `taskEndpoint`. */
  environment?: 'acc' | 'prod';
  /** Where the todo is created. */
  domainWorkSpace?: Text;
  /** Together with `workspace`, in place of `domainWorkSpace`. */
  domain?: Text;
  workspace?: Text;
  /** The user's e-mail address. */
  reporter?: string;
  /** An e-mail address. Default: the reporter. */
  assignee?: string;
  /** The service order. No todo can be sent without it. */
  orderId?: Text;
  /** The local reference number. */
  lrn?: Text;
  /** A list, or a text with commas. */
  category?: Text | Text[];
  /** A list, or a text with commas. */
  subCategory?: Text | Text[];
  /** `incident` or `task`, in any case. */
  todoType?: 'incident' | 'task' | (string & {});
  prefillTitle?: Text;
  prefillDescription?: Text;
  prefillResult?: Text;
  /** Plain digits, without decimals or with two: `1250`, `1250.50`. */
  prefillFinancialImpact?: Text;
  prefillImpact?: Level;
  prefillLikelihood?: Level;
  prefillPriority?: Level;
  /** `IN PROGRESS` or `DONE`, in any case. */
  prefillStatus?: 'IN PROGRESS' | 'DONE' | (string & {});
  /** `YYYY-MM-DD`. */
  prefillReminderDate?: string;
  /** Wire names of fields that are shown and cannot be changed. */
  locked?: string | string[];
  /** Wire names of optional fields that are neither shown nor sent. */
  omit?: string | string[];
  /** What happens with the created todo's link. Default: `auto`. */
  openLink?: 'auto' | 'reserve' | 'never';
  /** The form stands in the page, in the place of its button, until it is closed. */
  inline?: boolean | string;
  /** BCP 47: en, nl, de, fr, ar. Default: the nearest `lang`, then the browser's. */
  lang?: string;
  /** Your own sentences, by the keys of docs/TEXTS.md, in whatever language. */
  texts?: Record<string, string>;
  /** Default: `auto`, as the user's system has it. */
  theme?: 'auto' | 'light' | 'dark';
}

/** First values under their wire names, for `open()` of the element. */
export interface Values extends Settings {
  title?: Text;
  description?: Text;
  result?: Text;
  financialImpact?: Text;
  impact?: Level;
  likelihood?: Level;
  priority?: Level;
  status?: 'IN PROGRESS' | 'DONE' | (string & {});
  reminderDate?: string;
}

/** The body that is sent to BzCtrl. */
export interface TodoBody {
  readonly todoType: 'INCIDENT' | 'TASK';
  readonly domainWorkSpace: string;
  readonly title: string;
  readonly description: string;
  readonly result?: string;
  readonly financialImpact?: string;
  readonly impact?: 'HIGH' | 'MEDIUM' | 'LOW';
  readonly likelihood?: 'HIGH' | 'MEDIUM' | 'LOW';
  readonly status: string;
  readonly priority?: 'HIGH' | 'MEDIUM' | 'LOW';
  readonly assignee: string;
  readonly reporter: string;
  readonly category?: readonly string[];
  readonly subCategory?: readonly string[];
  readonly lrn?: string;
  readonly orderID: string;
  readonly reminderDate?: string;
}

/** What every event tells. */
export interface Detail {
  /** The order that the form was opened for. */
  orderId: string;
  /** Names the submission, once there is one, also when it is sent again. There is none in token mode. */
  key?: string;
}

export interface SubmitDetail extends Detail {
  /** What will be sent. */
  todo: TodoBody;
  /** Keeps the form open, with this message; nothing is sent. To be called at once. */
  refuse(message?: string | Error): void;
  /** For what takes time, 10 s at most: when the promise rejects, its message refuses. A function is called for it. */
  waitFor(work: PromiseLike<unknown> | (() => unknown)): void;
}

export interface CreatedDetail extends Detail {
  title: string;
  /** `INCIDENT` or `TASK`. */
  taskType: string;
  description?: string;
  /** Absent when BzCtrl gave no link, or one that must not be followed. */
  taskLink?: string;
  tags?: string[];
  /** An earlier request of the same `key` had made this todo already. */
  replayed: boolean;
}

export interface ErrorDetail extends Detail {
  /** One of the widget's own, such as `load-failed`, `relay-unreachable` or `outcome-unknown`, or that of a problem of the relay's: EMBEDDING.md lists them. */
  code: string;
  /** What the user reads. */
  title: string;
  /** The HTTP status, or 0 where there was no answer. */
  status: number;
  /** Whether the same press may succeed later. */
  retryable: boolean;
}

export interface CloseDetail extends Detail {
  reason: 'created' | 'cancelled' | 'unknown';
}

/** The events of the element. They bubble, and come from `document` when the element has left the page. */
export interface BzctrlTodoEventMap {
  'bzctrl-open': CustomEvent<Detail>;
  'bzctrl-submit': CustomEvent<SubmitDetail>;
  'bzctrl-created': CustomEvent<CreatedDetail>;
  'bzctrl-error': CustomEvent<ErrorDetail>;
  'bzctrl-close': CustomEvent<CloseDetail>;
}

/** What a promise of `open()` is rejected with. */
export interface OpenError extends Error {
  code: 'load-failed' | 'no-document' | 'outcome-unknown' | 'busy';
}

/** The class of `<bzctrl-todo>`. */
export class BzctrlTodo extends HTMLElement {
  static readonly version: string;
  static open(settings: Settings): Promise<CreatedDetail | null>;
  static close(): void;
  static preload(): Promise<unknown>;
  static forget(): Promise<void>;

  /** Settings; each wins over the attribute of the same name. */
  config: Settings | undefined;
  /** Opens the form: resolves to the created todo, or to `null` when nothing was made. Rejects with an {@link OpenError}. */
  open(values?: Values): Promise<CreatedDetail | null>;
  /** The user's Close. */
  close(): void;
  /** Drops what was typed in this tab: for a sign-out. */
  forget(): Promise<void>;
}

/** Opens a form that belongs to no element: resolves to the created todo, or to `null`. Its events come from `document`. */
export const open: typeof BzctrlTodo.open;
/** The user's Close, of the form that is open. */
export const close: typeof BzctrlTodo.close;
/** Fetches the form's code now. */
export const preload: typeof BzctrlTodo.preload;
/** Drops what was typed in this tab: for a sign-out. */
export const forget: typeof BzctrlTodo.forget;
/** The widget's version. */
export const version: string;

/** The attributes of `<bzctrl-todo>`. */
export interface BzctrlTodoAttributes {
  relay?: string;
  'token-endpoint'?: string;
  'task-endpoint'?: string;
  environment?: 'acc' | 'prod';
  credentials?: 'include';
  'assertion-endpoint'?: string;
  'domain-work-space'?: Text;
  domain?: Text;
  workspace?: Text;
  reporter?: string;
  assignee?: string;
  'order-id'?: Text;
  lrn?: Text;
  category?: Text;
  'sub-category'?: Text;
  'todo-type'?: Settings['todoType'];
  'prefill-title'?: Text;
  'prefill-description'?: Text;
  'prefill-result'?: Text;
  'prefill-financial-impact'?: Text;
  'prefill-impact'?: Level;
  'prefill-likelihood'?: Level;
  'prefill-priority'?: Level;
  'prefill-status'?: Settings['prefillStatus'];
  'prefill-reminder-date'?: string;
  locked?: string;
  omit?: string;
  'open-link'?: Settings['openLink'];
  lang?: string;
  theme?: Settings['theme'];
  inline?: boolean | string;
  preload?: 'intent' | 'idle' | 'eager' | 'none';
}

/** A listener for each event, as React 19 and Svelte 5 take them: `onbzctrl-created`. */
export type BzctrlTodoListeners = {
  [Kind in keyof BzctrlTodoEventMap as `on${Kind}`]?: (event: BzctrlTodoEventMap[Kind]) => void;
};

/** `bzctrl-created` in the name of Vue's listener, `onBzctrlCreated`. */
type InPascalCase<Kind extends string> = Kind extends `${infer First}-${infer Rest}`
  ? `${Capitalize<First>}${InPascalCase<Rest>}`
  : Capitalize<Kind>;

/** Attributes and listeners under the names that Vue makes of them: `order-id` is `orderId`, `@bzctrl-created` is `onBzctrlCreated`. */
export type BzctrlTodoVueProps = {
  [Name in keyof BzctrlTodoAttributes as Uncapitalize<InPascalCase<Name>>]?: BzctrlTodoAttributes[Name];
} & {
  [Kind in keyof BzctrlTodoEventMap as `on${InPascalCase<Kind>}`]?: (event: BzctrlTodoEventMap[Kind]) => void;
};

/** What is the element's own in JSX, besides the attributes of all elements. */
export type BzctrlTodoOwnProps = BzctrlTodoAttributes & { config?: Settings };

/** The element in the JSX of a framework that is not named below. */
export type BzctrlTodoProps = BzctrlTodoOwnProps &
  BzctrlTodoListeners & {
    id?: string;
    class?: string;
    className?: string;
    slot?: string;
    hidden?: boolean;
    key?: any;
    ref?: any;
    children?: any;
  };

declare global {
  interface HTMLElementTagNameMap {
    'bzctrl-todo': BzctrlTodo;
  }
  interface GlobalEventHandlersEventMap extends BzctrlTodoEventMap {}
  namespace JSX {
    interface IntrinsicElements {
      'bzctrl-todo': BzctrlTodoProps;
    }
  }
}

// Frameworks that keep a list of elements of their own: there the element has the attributes of all elements, too. Each is
// passed over where it is not installed.

// @ts-ignore
type ReactAttributes = import('react').DetailedHTMLProps<import('react').HTMLAttributes<BzctrlTodo>, BzctrlTodo>;

// @ts-ignore
declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'bzctrl-todo': BzctrlTodoOwnProps & BzctrlTodoListeners & ReactAttributes & { class?: string };
    }
  }
}

// @ts-ignore
type VueAttributes = import('vue').HTMLAttributes & import('vue').ReservedProps & { [data: `data${string}`]: unknown };

// @ts-ignore
declare module 'vue' {
  interface GlobalComponents {
    'bzctrl-todo': new () => { $props: BzctrlTodoOwnProps & BzctrlTodoVueProps & VueAttributes };
  }
}

// @ts-ignore
type SvelteAttributes = import('svelte/elements').HTMLAttributes<BzctrlTodo>;

// @ts-ignore
declare module 'svelte/elements' {
  interface SvelteHTMLElements {
    'bzctrl-todo': BzctrlTodoOwnProps & BzctrlTodoListeners & SvelteAttributes;
  }
}
