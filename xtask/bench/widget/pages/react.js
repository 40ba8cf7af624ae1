import { offer } from './offer.js';

offer(() => import('./react-form.jsx'));
