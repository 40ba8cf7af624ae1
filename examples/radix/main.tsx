import { Dialog, DropdownMenu } from 'radix-ui';
import { useState } from 'react';
import { createRoot } from 'react-dom/client';
import type { CreatedDetail } from 'https://relay.example.com/widget/v1/bzctrl.js';

const order = {
  'domain-work-space': 'EXA-CON-BUS-WOR',
  reporter: 'user@example.com',
  'order-id': 'ORDER 777',
};

function Order() {
  const [todos, setTodos] = useState<CreatedDetail[]>([]);
  const created = ({ detail }: CustomEvent<CreatedDetail>) => setTodos((todos) => [...todos, detail]);
  return (
    <>
      <Dialog.Root>
        <Dialog.Trigger>Order…</Dialog.Trigger>
        <Dialog.Portal>
          <Dialog.Overlay />
          <Dialog.Content aria-describedby={undefined}>
            <Dialog.Title>ORDER 777</Dialog.Title>
            <bzctrl-todo {...order} onbzctrl-created={created}>
              <button type="button">Report incident</button>
            </bzctrl-todo>
            <Dialog.Close>Done</Dialog.Close>
          </Dialog.Content>
        </Dialog.Portal>
      </Dialog.Root>

      {/* A menu is gone once one of its items is chosen: the element stands beside it, and the item opens it. */}
      <DropdownMenu.Root>
        <DropdownMenu.Trigger>Actions</DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content>
            <DropdownMenu.Item onSelect={() => document.querySelector<HTMLElementTagNameMap['bzctrl-todo']>('#todo')?.open()}>
              Report incident…
            </DropdownMenu.Item>
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      <bzctrl-todo id="todo" {...order} onbzctrl-created={created}>
        <span />
      </bzctrl-todo>

      <ul id="links">
        {todos.map(({ key, title, taskLink }) => (
          <li key={key}>{taskLink ? <a href={taskLink}>{title}</a> : title}</li>
        ))}
      </ul>
    </>
  );
}

createRoot(document.querySelector('main')!).render(<Order />);
