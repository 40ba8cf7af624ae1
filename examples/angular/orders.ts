import { Component, CUSTOM_ELEMENTS_SCHEMA, computed, signal } from '@angular/core';
import type { CreatedDetail, Settings } from 'https://relay.example.com/widget/v1/bzctrl.js';

@Component({
  selector: 'app-orders',
  schemas: [CUSTOM_ELEMENTS_SCHEMA],
  template: `
    <nav>
      @for (it of orders; track it) {
        <button type="button" (click)="order.set(it)">{{ it }}</button>
      }
      <button type="button" (click)="order.set(undefined)">All orders</button>
    </nav>
    <h1>{{ order() ?? 'All orders' }}</h1>
    @if (order()) {
      <bzctrl-todo [config]="config()" (bzctrl-created)="created($event)">
        <button type="button">Report incident</button>
      </bzctrl-todo>
    }
    <ul id="links">
      @for (todo of todos(); track todo.key) {
        <li>
          @if (todo.taskLink) {
            <a [href]="todo.taskLink">{{ todo.title }}</a>
          } @else {
            {{ todo.title }}
          }
        </li>
      }
    </ul>
  `,
})
export class Orders {
  readonly orders = ['ORDER 777', 'ORDER 778'];
  readonly order = signal<string | undefined>(undefined);
  readonly todos = signal<CreatedDetail[]>([]);
  readonly config = computed<Settings>(() => ({
    domainWorkSpace: 'EXA-CON-BUS-WOR',
    reporter: 'user@example.com',
    orderId: this.order(),
  }));

  created(event: CustomEvent<CreatedDetail>) {
    this.todos.update((todos) => [...todos, event.detail]);
  }
}
