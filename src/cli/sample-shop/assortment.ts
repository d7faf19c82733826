/** What the shop sells: departments, their shelves, and on each shelf what lies there with a price to start from. */

interface Shelf {
  name: string;
  things: readonly (readonly [name: string, price: number])[];
}

interface Department {
  name: string;
  shelves: readonly Shelf[];
}

export const departments: readonly Department[] = [
  {
    name: 'Light and Navigation',
    shelves: [
      {
        name: 'Lanterns',
        things: [
          ['Storm Lantern', 64],
          ['Cabin Lamp', 48],
          ['Masthead Light', 112],
          ['Candle Lantern', 27],
          ['Reading Lamp', 55],
        ],
      },
      {
        name: 'Compasses',
        things: [
          ['Hand Compass', 38],
          ['Binnacle Compass', 240],
          ['Pocket Compass', 24],
          ['Boat Compass', 86],
          ['Sundial Compass', 42],
        ],
      },
      {
        name: 'Charts',
        things: [
          ['Harbour Chart', 18],
          ['Passage Chart', 22],
          ['Star Chart', 16],
          ['Tide Atlas', 31],
          ['Chart Case', 46],
        ],
      },
      {
        name: 'Instruments',
        things: [
          ['Barometer', 129],
          ['Ship’s Clock', 148],
          ['Parallel Ruler', 19],
          ['Divider Set', 26],
          ['Spyglass', 95],
        ],
      },
    ],
  },
  {
    name: 'On Deck',
    shelves: [
      {
        name: 'Rope and Line',
        things: [
          ['Mooring Line', 34],
          ['Heaving Line', 21],
          ['Bell Rope', 29],
          ['Marline Coil', 12],
          ['Dock Line', 37],
        ],
      },
      {
        name: 'Knives and Tools',
        things: [
          ['Rigging Knife', 44],
          ['Marlinspike', 23],
          ['Splicing Fid', 17],
          ['Sailmaker’s Palm', 28],
          ['Caulking Mallet', 52],
        ],
      },
      {
        name: 'Boat Care',
        things: [
          ['Deck Brush', 16],
          ['Varnish Brush', 11],
          ['Sponge', 6],
          ['Bailing Scoop', 14],
          ['Boat Hook', 39],
        ],
      },
      {
        name: 'Bags and Buckets',
        things: [
          ['Sail Bag', 72],
          ['Duffel', 88],
          ['Deck Bucket', 33],
          ['Ditty Bag', 25],
          ['Dry Sack', 29],
        ],
      },
    ],
  },
  {
    name: 'Galley',
    shelves: [
      {
        name: 'Mugs and Bowls',
        things: [
          ['Mug', 13],
          ['Soup Bowl', 17],
          ['Beaker', 11],
          ['Plate', 15],
          ['Jug', 32],
        ],
      },
      {
        name: 'Kettles and Pans',
        things: [
          ['Kettle', 58],
          ['Skillet', 49],
          ['Saucepan', 54],
          ['Coffee Pot', 46],
          ['Fish Kettle', 83],
        ],
      },
      {
        name: 'Tea and Coffee',
        things: [
          ['Watch Tea', 9],
          ['Harbour Blend', 11],
          ['Dawn Roast', 12],
          ['Fog Tea', 9],
          ['Night Watch Roast', 13],
        ],
      },
      {
        name: 'Provisions',
        things: [
          ['Ship’s Biscuit', 7],
          ['Smoked Salt', 8],
          ['Kelp Crisps', 5],
          ['Ginger Cake', 14],
          ['Seaweed Mustard', 6],
        ],
      },
    ],
  },
  {
    name: 'Clothing',
    shelves: [
      {
        name: 'Knitwear',
        things: [
          ['Gansey', 119],
          ['Watch Cap', 28],
          ['Scarf', 39],
          ['Mittens', 31],
          ['Sea Socks', 18],
        ],
      },
      {
        name: 'Oilskins',
        things: [
          ['Smock', 98],
          ['Oilskin Coat', 189],
          ['Sou’wester', 36],
          ['Bib Trousers', 134],
          ['Cape', 109],
        ],
      },
      {
        name: 'Footwear',
        things: [
          ['Deck Shoes', 92],
          ['Sea Boots', 78],
          ['Clogs', 58],
          ['Harbour Slippers', 41],
          ['Rope Sandals', 35],
        ],
      },
      {
        name: 'Small Things',
        things: [
          ['Neckerchief', 16],
          ['Belt', 34],
          ['Brooch', 22],
          ['Cufflinks', 47],
          ['Handkerchief', 9],
        ],
      },
    ],
  },
  {
    name: 'Reading Room',
    shelves: [
      {
        name: 'Books',
        things: [
          ['Book of Knots', 24],
          ['Pilot Guide', 32],
          ['Cloud Spotter', 18],
          ['Sea Cookery', 27],
          ['Lighthouse Tales', 15],
        ],
      },
      {
        name: 'Logbooks',
        things: [
          ['Logbook', 21],
          ['Guest Book', 26],
          ['Weather Diary', 19],
          ['Pocket Notebook', 8],
          ['Fishing Record', 14],
        ],
      },
      {
        name: 'Paper',
        things: [
          ['Letter Set', 17],
          ['Postcard Box', 12],
          ['Wrapping Paper', 6],
          ['Signal Flag Cards', 11],
          ['Calendar', 15],
        ],
      },
      {
        name: 'Pens and Ink',
        things: [
          ['Fountain Pen', 68],
          ['Squid Ink', 14],
          ['Pencil Set', 13],
          ['Wax Seal', 19],
          ['Blotter', 16],
        ],
      },
    ],
  },
  {
    name: 'Curiosities',
    shelves: [
      {
        name: 'Glass',
        things: [
          ['Fishing Float', 29],
          ['Ship in a Bottle', 76],
          ['Sea Glass Jar', 18],
          ['Paperweight', 33],
          ['Net Buoy', 24],
        ],
      },
      {
        name: 'Models',
        things: [
          ['Cutter Model', 145],
          ['Lighthouse Model', 89],
          ['Dinghy Kit', 54],
          ['Trawler Model', 132],
          ['Half Hull', 118],
        ],
      },
      {
        name: 'Bells and Brass',
        things: [
          ['Ship’s Bell', 74],
          ['Door Knocker', 43],
          ['Whistle', 15],
          ['Porthole Mirror', 84],
          ['Coat Hook', 12],
        ],
      },
      {
        name: 'For Children',
        things: [
          ['Toy Tug', 22],
          ['Kite', 26],
          ['Crab Line', 9],
          ['Tin Boat', 16],
          ['Rag Whale', 28],
        ],
      },
    ],
  },
];

/** Each thing is sold in four of these; the factor moves its price. */
export const finishes: readonly (readonly [name: string, material: string, factor: number])[] = [
  ['Plain', 'as it comes', 0.85],
  ['Weathered', 'reclaimed stock', 1.0],
  ['Harbourmaster’s', 'selected, signed and numbered', 1.6],
  ['Northshore', 'made in our own loft', 1.2],
];
