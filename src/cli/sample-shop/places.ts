/** Countries the shop delivers to, each with some of its harbour towns: name, longitude, latitude. */
export const countries: readonly {
  code: string;
  name: string;
  currency: string;
  vat: number;
  towns: readonly (readonly [name: string, longitude: number, latitude: number])[];
}[] = [
  {
    code: 'GB',
    name: 'United Kingdom',
    currency: 'GBP',
    vat: 0.2,
    towns: [
      ['Falmouth', -5.07, 50.15],
      ['Whitby', -0.61, 54.49],
      ['Oban', -5.47, 56.41],
      ['Tenby', -4.7, 51.67],
      ['Stromness', -3.3, 58.96],
    ],
  },
  {
    code: 'IE',
    name: 'Ireland',
    currency: 'EUR',
    vat: 0.23,
    towns: [
      ['Kinsale', -8.53, 51.7],
      ['Dingle', -10.27, 52.14],
      ['Howth', -6.06, 53.39],
      ['Killybegs', -8.45, 54.64],
    ],
  },
  {
    code: 'FR',
    name: 'France',
    currency: 'EUR',
    vat: 0.2,
    towns: [
      ['Honfleur', 0.23, 49.42],
      ['Concarneau', -3.92, 47.87],
      ['Saint-Malo', -2.01, 48.65],
      ['Collioure', 3.08, 42.53],
    ],
  },
  {
    code: 'NL',
    name: 'Netherlands',
    currency: 'EUR',
    vat: 0.21,
    towns: [
      ['Harlingen', 5.42, 53.17],
      ['Enkhuizen', 5.29, 52.7],
      ['Veere', 3.67, 51.55],
    ],
  },
  {
    code: 'DE',
    name: 'Germany',
    currency: 'EUR',
    vat: 0.19,
    towns: [
      ['Flensburg', 9.44, 54.78],
      ['Greetsiel', 7.1, 53.5],
      ['Warnemünde', 12.09, 54.18],
    ],
  },
  {
    code: 'DK',
    name: 'Denmark',
    currency: 'DKK',
    vat: 0.25,
    towns: [
      ['Ærøskøbing', 10.41, 54.89],
      ['Skagen', 10.58, 57.72],
      ['Svaneke', 15.14, 55.13],
    ],
  },
  {
    code: 'NO',
    name: 'Norway',
    currency: 'NOK',
    vat: 0.25,
    towns: [
      ['Henningsvær', 14.2, 68.15],
      ['Grimstad', 8.59, 58.34],
      ['Kristiansund', 7.73, 63.11],
    ],
  },
  {
    code: 'SE',
    name: 'Sweden',
    currency: 'SEK',
    vat: 0.25,
    towns: [
      ['Marstrand', 11.58, 57.89],
      ['Smögen', 11.22, 58.35],
      ['Visby', 18.29, 57.64],
    ],
  },
  {
    code: 'PT',
    name: 'Portugal',
    currency: 'EUR',
    vat: 0.23,
    towns: [
      ['Nazaré', -9.07, 39.6],
      ['Tavira', -7.65, 37.13],
      ['Horta', -28.63, 38.53],
    ],
  },
  {
    code: 'ES',
    name: 'Spain',
    currency: 'EUR',
    vat: 0.21,
    towns: [
      ['Cudillero', -6.15, 43.56],
      ['Cadaqués', 3.28, 42.29],
      ['Baiona', -8.85, 42.12],
    ],
  },
  {
    code: 'IT',
    name: 'Italy',
    currency: 'EUR',
    vat: 0.22,
    towns: [
      ['Camogli', 9.15, 44.35],
      ['Chioggia', 12.28, 45.22],
      ['Procida', 14.03, 40.76],
    ],
  },
  {
    code: 'PL',
    name: 'Poland',
    currency: 'PLN',
    vat: 0.23,
    towns: [
      ['Hel', 18.8, 54.61],
      ['Ustka', 16.86, 54.58],
    ],
  },
];
