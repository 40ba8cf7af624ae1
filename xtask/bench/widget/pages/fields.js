// The fields of a todo, as the widget shows them: each of the peers' forms is made from this one list.

const LEVELS = ['High', 'Medium', 'Low'];

export const CONTEXT = { Order: 'ORDER 777', LRN: '725462', Workspace: 'EXA-CON-BUS-WOR', Reporter: 'user@example.com' };

export const FIELDS = [
  { name: 'todoType', label: 'Type', kind: 'choice', options: ['Incident', 'Task'], first: 'Incident', needed: true },
  { name: 'title', label: 'Title', kind: 'line', most: 255, needed: true },
  { name: 'description', label: 'Description', kind: 'text', most: 20_000, needed: true },
  { name: 'result', label: 'Result', kind: 'text', most: 20_000, only: 'Task' },
  { name: 'financialImpact', label: 'Potential financial impact', kind: 'amount', only: 'Incident' },
  { name: 'impact', label: 'Impact', kind: 'choice', options: LEVELS, only: 'Incident' },
  { name: 'likelihood', label: 'Likelihood', kind: 'choice', options: LEVELS, only: 'Incident' },
  { name: 'status', label: 'Status', kind: 'choice', options: ['In progress', 'Done'], first: 'In progress' },
  { name: 'priority', label: 'Priority', kind: 'choice', options: LEVELS },
  { name: 'reminderDate', label: 'Reminder', kind: 'date' },
];
