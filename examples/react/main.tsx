import { useState } from 'react';
import { createRoot } from 'react-dom/client';
import type { CreatedDetail } from 'https://relay.example.com/widget/v1/bzctrl.js';

const orders = ['ORDER 777', 'ORDER 778'];

/** The button of one order. Attributes, since React hands over objects only to elements that are defined by then. */
function ReportIncident({ order, onCreated }: { order: string; onCreated: (todo: CreatedDetail) => void }) {
  return (
    <bzctrl-todo
      domain-work-space="EXA-CON-BUS-WOR"
      reporter="user@example.com"
      order-id={order}
      onbzctrl-created={({ detail }) => onCreated(detail)}
    >
      <button type="button">Report incident</button>
    </bzctrl-todo>
  );
}

function Orders() {
  const [order, open] = useState<string>();
  const [todos, setTodos] = useState<CreatedDetail[]>([]);
  return (
    <>
      <nav>
        {[...orders, undefined].map((it) => (
          <button key={it ?? 'none'} type="button" onClick={() => open(it)}>
            {it ?? 'All orders'}
          </button>
        ))}
      </nav>
      <h1>{order ?? 'All orders'}</h1>
      {order && <ReportIncident order={order} onCreated={(todo) => setTodos((todos) => [...todos, todo])} />}
      <ul id="links">
        {todos.map(({ key, title, taskLink }) => (
          <li key={key}>{taskLink ? <a href={taskLink}>{title}</a> : title}</li>
        ))}
      </ul>
    </>
  );
}

createRoot(document.querySelector('main')!).render(<Orders />);
