/** @jsxImportSource preact */
// The same form by hand, as one writes it in Preact: a component a control, one state, checks at Submit.
import { render } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { CONTEXT, FIELDS } from './fields.js';

const EMPTY = Object.fromEntries(FIELDS.map(({ name, first = '' }) => [name, first]));

function check({ label, needed, most, kind }, value) {
  if (needed && !value.trim()) return `${label} is needed.`;
  if (most && value.length > most) return `${label} has more than ${most} characters.`;
  if (kind === 'amount' && value && !/^\d{1,15}([.,]\d\d)?$/.test(value)) return 'This is no amount.';
}

function Choice({ field: { name, label, options }, value, change }) {
  return (
    <fieldset>
      <legend>{label}</legend>
      {options.map((option) => (
        <label key={option}>
          <input type="radio" name={name} checked={value === option} onChange={() => change(name, option)} /> {option}
        </label>
      ))}
    </fieldset>
  );
}

function Control({ field, value, fault, change }) {
  const { name, label, kind, needed } = field;
  if (kind === 'choice') return <Choice field={field} value={value} change={change} />;
  const given = { id: name, name, value, required: needed, 'aria-invalid': !!fault, 'aria-describedby': `${name}-fault` };
  const onChange = (event) => change(name, event.target.value);
  return (
    <div>
      <label htmlFor={name}>{label}{needed && ' *'}</label>
      {kind === 'text' ? <textarea rows="3" {...given} onInput={onChange} /> : <input type={kind === 'date' ? 'date' : 'text'} {...given} onInput={onChange} />}
      <p id={`${name}-fault`}>{fault}</p>
    </div>
  );
}

function Form({ close }) {
  const [todo, setTodo] = useState(EMPTY);
  const [faults, setFaults] = useState({});
  const dialog = useRef(null);
  useLayoutEffect(() => {
    dialog.current.showModal();
    dialog.current.querySelector('[name=title]').focus();
  }, []);
  const fields = FIELDS.filter(({ only }) => !only || only === todo.todoType);
  const change = (name, value) => setTodo((todo) => ({ ...todo, [name]: value }));
  const submit = (event) => {
    event.preventDefault();
    setFaults(Object.fromEntries(fields.map((field) => [field.name, check(field, todo[field.name])])));
  };
  return (
    <dialog ref={dialog} onClose={close}>
      <form noValidate onSubmit={submit}>
        <h2>Report {todo.todoType.toLowerCase()}</h2>
        <p>{Object.entries(CONTEXT).map(([name, value]) => <span key={name}>{name} <b>{value}</b> </span>)}</p>
        {fields.map((field) => (
          <Control key={field.name} field={field} value={todo[field.name]} fault={faults[field.name]} change={change} />
        ))}
        <menu>
          <button type="button" className="cancel" onClick={() => dialog.current.close()}>Cancel</button>
          <button type="submit">Submit</button>
        </menu>
      </form>
    </dialog>
  );
}

const place = document.body.appendChild(document.createElement('div'));

export function open() {
  render(<Form close={() => render(null, place)} />, place);
}
