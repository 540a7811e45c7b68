/** A word of machine learning, in two sentences, with the layers that have to do with it. */
export interface Word {
  word: string;
  means: string;
  layers?: string[];
}

/** The words that one meets first, in the order in which one meets them. */
export const WORDS: Word[] = [
  {
    word: "Layer",
    means:
      "A step that turns numbers into other numbers. A model is layers that feed each other; their weights are what is learned.",
    layers: ["Dense", "Conv2D", "Flatten", "Embedding"],
  },
  {
    word: "Shape",
    means:
      "How many numbers a layer gives out, and how they are arranged: (None, 8, 8, 1) is any number of pictures of 8 by 8 pixels with one colour.",
    layers: ["Flatten", "Reshape", "GlobalAveragePooling2D"],
  },
  {
    word: "Activation",
    means:
      "What is done to each number at the end of a layer. Without one, many layers could do no more than a single one.",
    layers: ["ReLU", "Softmax", "Activation"],
  },
  {
    word: "Split",
    means:
      "The examples are divided into three: train is learned from, eval tells when to stop, and test judges at the end. A model is never judged by what it learned from.",
  },
  {
    word: "Loss",
    means:
      "One number for how wrong the answers are; 0 is perfect. Training makes the train loss smaller, step by step; what counts is the eval loss.",
  },
  {
    word: "Epoch",
    means: "Once through all training examples. After each, the model is tried on the eval split.",
  },
  {
    word: "Overfitting",
    means:
      "The model learns its training examples by heart: the train loss falls on, while the eval loss rises. The curves of a job show it.",
    layers: ["Dropout", "BatchNormalization", "GaussianNoise"],
  },
  {
    word: "Regularisation",
    means:
      "Whatever makes learning by heart harder: dropping numbers at random, penalties on large weights, a smaller model.",
    layers: ["Dropout", "SpatialDropout2D", "ActivityRegularization"],
  },
  {
    word: "Gate",
    means:
      "What a model must reach on the test split before anybody may use it: the thresholds of its page, being better than the naive baseline, and not being worse than the last blessed model.",
  },
  {
    word: "Blessed",
    means: "It passed all gates. Only a blessed model is pushed, which is: gets a version and is served.",
  },
  {
    word: "Version",
    means:
      "The name of a pushed model, such as 1.2.0, and computed: another input or answer raises the first number, another drawing or setting the second, other data alone the third.",
  },
];
