// What the types know of the element in React, and what they refuse. Checked, never run.
import { useRef } from 'react';
import type { BzctrlTodo, CloseDetail } from 'https://relay.example.com/widget/v1/bzctrl.js';

export function Attributes() {
  const todo = useRef<BzctrlTodo>(null);
  const closed = (_: CustomEvent<CloseDetail>) => {};
  return (
    <>
      <bzctrl-todo
        ref={todo}
        key="todo"
        id="todo"
        className="button"
        style={{ float: 'right' }}
        title="About this order"
        tabIndex={0}
        aria-label="Report"
        data-test="todo"
        role="group"
        order-id="ORDER 777"
        inline
        onClick={({ clientX }) => clientX}
        onbzctrl-created={({ detail }) => detail.taskLink?.length}
        onbzctrl-close={closed}
      >
        <button type="button" onClick={() => todo.current?.open()} />
      </bzctrl-todo>
      {/* @ts-expect-error: another event */}
      <bzctrl-todo onbzctrl-created={closed} />
      {/* @ts-expect-error: there may be no link */}
      <bzctrl-todo onbzctrl-created={({ detail }) => detail.taskLink.length} />
      {/* @ts-expect-error: none of the words that it may be */}
      <bzctrl-todo theme="blue" />
    </>
  );
}
