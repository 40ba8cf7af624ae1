import { offer } from './offer.js';

offer(() => import('./formio-form.js'));
