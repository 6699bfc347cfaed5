// The steps that this page knows. A step of the server that is not here is not shown; one that the
// server does not have is not asked.

import type { ComponentType } from "preact";

import type { Answers, Draft, Shop, StepName } from "../types";
import { closing, mockOrder, promises, questions } from "./last";
import { display, greeting, illegal, introduced, priceTags, tidied } from "./first";
import { market } from "./market";
import { stockCount } from "./stock";

export interface StepPage<N extends StepName = StepName> {
  /** The answer where all is as it should be: one tap. */
  expected(shop: Shop | undefined): Answers[N];
  expectedWords: string;
  Fields: ComponentType<{ draft: Draft; shop: Shop | undefined }>;
}

export const STEPS: { [N in StepName]?: StepPage<N> } = {
  greeting,
  stock_count: stockCount,
  display,
  price_tags: priceTags,
  illegal,
  introduced,
  tidied,
  market,
  questions,
  mock_order: mockOrder,
  promises,
  closing,
};
