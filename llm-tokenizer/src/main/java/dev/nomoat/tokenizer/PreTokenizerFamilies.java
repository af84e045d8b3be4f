package dev.nomoat.tokenizer;

import java.util.List;
import java.util.Set;

/**
 * The pre-tokenizers that model files call by name.
 *
 * <p>The regular expressions are those of the models' own {@code tokenizer.json} files or encoders;
 * where those are not published, those of llama.cpp's {@code llama-vocab.cpp}, from where the names
 * are, too.
 */
final class PreTokenizerFamilies {
  private static final String CONTRACTION = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";

  private static final String BLANKS = "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

  static final String GPT2_PATTERN =
      "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

  private static final String CL100K_START = CONTRACTION + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+";

  private static final String OTHERS = "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*";

  static final String LLAMA_BPE_PATTERN = CL100K_START + "|\\p{N}{1,3}" + OTHERS + BLANKS;

  static final String QWEN2_PATTERN = CL100K_START + "|\\p{N}" + OTHERS + BLANKS;

  private static final String UPPER = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";

  private static final String LOWER = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";

  private static final String CAMEL_CASE =
      "[^\\r\\n\\p{L}\\p{N}]?"
          + UPPER
          + "*"
          + LOWER
          + "+"
          + CONTRACTION
          + "?|[^\\r\\n\\p{L}\\p{N}]?"
          + UPPER
          + "+"
          + LOWER
          + "*"
          + CONTRACTION
          + "?";

  private static final String OTHERS_AND_SLASHES = "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*";

  private static final String GPT4O_PATTERN =
      CAMEL_CASE + "|\\p{N}{1,3}" + OTHERS_AND_SLASHES + BLANKS;

  private static final String CJK = "[\\x{4E00}-\\x{9FA5}\\x{3040}-\\x{309F}\\x{30A0}-\\x{30FF}]+";

  private static final String CJK_WIDE =
      "[\\x{4E00}-\\x{9FA5}\\x{800}-\\x{4E00}\\x{AC00}-\\x{D7FF}]+";

  private static final String DEEPSEEK_WORDS =
      "[!\\\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r"
          + "\\n"
          + "\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+";

  private static final String DEEPSEEK_V3_PATTERN =
      DEEPSEEK_WORDS + "| ?[\\p{P}\\p{S}]+[\\r\\n]*" + BLANKS;

  private static final String BLOOM_PATTERN =
      " ?[^(\\s|.,!?\\x{2026}\\x{3002}\\x{FF0C}\\x{3001}\\x{964}\\x{6D4}\\x{60C})]+";

  private static final String KIMI_UPPER = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}&&[^\\p{Han}]]";

  private static final String KIMI_LOWER = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}&&[^\\p{Han}]]";

  /** The letters with case of an older Unicode, as DeepSeek's first models list them. */
  private static final String LATIN_LETTERS =
      "A-Za-z\\x{B5}\\x{C0}-\\x{D6}\\x{D8}-\\x{F6}\\x{F8}-\\x{1BA}\\x{1BC}-\\x{1BF}"
          + "\\x{1C4}-\\x{293}\\x{295}-\\x{2AF}\\x{370}-\\x{373}\\x{376}\\x{377}"
          + "\\x{37B}-\\x{37D}\\x{37F}\\x{386}\\x{388}-\\x{38A}\\x{38C}\\x{38E}-\\x{3A1}"
          + "\\x{3A3}-\\x{3F5}\\x{3F7}-\\x{481}\\x{48A}-\\x{52F}\\x{531}-\\x{556}"
          + "\\x{10A0}-\\x{10C5}\\x{13A0}-\\x{13F5}\\x{13F8}-\\x{13FD}\\x{1C90}-\\x{1CBA}"
          + "\\x{1CBD}-\\x{1CBF}\\x{1D00}-\\x{1D2B}\\x{1D6B}-\\x{1D77}\\x{1D79}-\\x{1D9A}"
          + "\\x{1E00}-\\x{1F15}\\x{1F18}-\\x{1F1D}\\x{1F20}-\\x{1F45}\\x{1F48}-\\x{1F4D}"
          + "\\x{1F50}-\\x{1F57}\\x{1F59}\\x{1F5B}\\x{1F5D}\\x{1F5F}-\\x{1F7D}"
          + "\\x{1F80}-\\x{1FB4}\\x{1FB6}-\\x{1FBC}\\x{1FBE}\\x{1FC2}-\\x{1FC4}"
          + "\\x{1FC6}-\\x{1FCC}\\x{1FD0}-\\x{1FD3}\\x{1FD6}-\\x{1FDB}\\x{1FE0}-\\x{1FEC}"
          + "\\x{1FF2}-\\x{1FF4}\\x{1FF6}-\\x{1FFC}\\x{2102}\\x{2107}\\x{210A}-\\x{2113}"
          + "\\x{2115}\\x{2119}-\\x{211D}\\x{2124}\\x{2126}\\x{2128}\\x{212A}-\\x{212D}"
          + "\\x{212F}-\\x{2134}\\x{2139}\\x{213C}-\\x{213F}\\x{2145}-\\x{2149}\\x{214E}"
          + "\\x{2183}\\x{2184}\\x{2C00}-\\x{2C7B}\\x{2C7E}-\\x{2CE4}\\x{2CEB}-\\x{2CEE}"
          + "\\x{2CF2}\\x{2CF3}\\x{A640}-\\x{A66D}\\x{A680}-\\x{A69B}\\x{A722}-\\x{A76F}"
          + "\\x{A771}-\\x{A787}\\x{A78B}-\\x{A78E}\\x{AB70}-\\x{ABBF}\\x{FB00}-\\x{FB06}"
          + "\\x{FB13}-\\x{FB17}\\x{FF21}-\\x{FF3A}\\x{FF41}-\\x{FF5A}\\x{10400}-\\x{1044F}"
          + "\\x{104B0}-\\x{104D3}\\x{104D8}-\\x{104FB}\\x{10C80}-\\x{10CB2}"
          + "\\x{10CC0}-\\x{10CF2}\\x{118A0}-\\x{118DF}\\x{1E900}-\\x{1E943}";

  static final PreTokenizer GPT2 =
      family(
          false,
          false,
          Set.of(
              "gpt-2",
              "phi-2",
              "jina-es",
              "jina-de",
              "jina-v2-es",
              "jina-v2-de",
              "jina-v1-en",
              "jina-v2-code",
              "roberta-bpe",
              "gigachat",
              "a.x-4.0",
              "mellum",
              "modern-bert",
              "exaone4",
              "olmo",
              "mpt",
              "jais",
              "trillion",
              "granite-docling"),
          GPT2_PATTERN);

  static final PreTokenizer LLAMA_BPE =
      family(
          true,
          true,
          Set.of(
              "llama-bpe",
              "llama3",
              "llama-v3",
              "falcon3",
              "falcon-h1",
              "pixtral",
              "midm-2.0",
              "lfm2",
              "jina-v5-nano"),
          LLAMA_BPE_PATTERN);

  static final PreTokenizer QWEN2 =
      family(
          false,
          false,
          Set.of(
              "qwen2",
              "deepseek-r1-qwen",
              "megrez",
              "kormo",
              "f2llmv2",
              "stablelm2",
              "hunyuan",
              "solar-open",
              "grok-2"),
          QWEN2_PATTERN);

  static final List<PreTokenizer> ALL =
      List.of(
          GPT2,
          LLAMA_BPE,
          QWEN2,
          family(
              false, false, Set.of("dbrx", "smaug-bpe", "glm4", "chatglm-bpe"), LLAMA_BPE_PATTERN),
          family(
              false,
              false,
              Set.of(
                  "starcoder",
                  "refact",
                  "command-r",
                  "smollm",
                  "codeshell",
                  "exaone",
                  "minerva-7b",
                  "mellum2"),
              "\\p{N}",
              GPT2_PATTERN),
          family(
              false,
              false,
              Set.of("falcon"),
              "[\\p{P}$+<=>^~|`]+",
              GPT2_PATTERN,
              "[0-9][0-9][0-9]"),
          family(
              false,
              false,
              Set.of("default"),
              "[\\p{P}$+<=>^~|]+",
              GPT2_PATTERN,
              "\\p{N}+",
              "[0-9][0-9][0-9]"),
          family(
              false,
              false,
              Set.of("qwen35"),
              CONTRACTION
                  + "|[^\\r"
                  + "\\n"
                  + "\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r"
                  + "\\n"
                  + "]*"
                  + BLANKS),
          family(
              false,
              false,
              Set.of("gpt-4o", "llama4", "kanana2", "talkie", "minimax-m2"),
              GPT4O_PATTERN),
          family(true, false, Set.of("granite-embed-multi-97m"), GPT4O_PATTERN),
          family(
              true,
              true,
              Set.of("tekken"),
              "[^\\r\\n\\p{L}\\p{N}]?"
                  + UPPER
                  + "*"
                  + LOWER
                  + "+|[^\\r\\n\\p{L}\\p{N}]?"
                  + UPPER
                  + "+"
                  + LOWER
                  + "*|\\p{N}"
                  + OTHERS_AND_SLASHES
                  + BLANKS),
          family(
              false,
              false,
              Set.of("tiny_aya", "cohere2moe"),
              "\\d{1,3}(?=(?:\\d{3})*\\b)",
              GPT4O_PATTERN),
          family(
              false,
              false,
              Set.of("deepseek-llm"),
              "[\\r\\n]",
              "\\s?[" + LATIN_LETTERS + "]+",
              "\\s?[!-/:-~\\x{FF01}-\\x{FF0F}\\x{FF1A}-\\x{FF5E}\\x{2018}-\\x{201F}\\x{3000}-\\x{3002}]+",
              "\\s+$",
              CJK_WIDE,
              "\\p{N}+"),
          family(
              false,
              false,
              Set.of("deepseek-coder"),
              "[\\r\\n]",
              "\\s?\\p{L}+",
              "\\s?\\p{P}+",
              CJK_WIDE,
              "\\p{N}"),
          family(
              false,
              false,
              Set.of("deepseek-v3", "hunyuan-dense", "joyai-llm", "hy_v4"),
              "\\p{N}{1,3}",
              CJK,
              DEEPSEEK_V3_PATTERN),
          family(
              false,
              false,
              Set.of("spark2_5"),
              "\\p{N}{1,3}",
              CJK,
              DEEPSEEK_WORDS + "| ?[\\p{P}\\p{S}]+|[\\r\\n]|\\s+(?!\\S)|\\s+",
              "\\p{N}"),
          family(
              true,
              false,
              Set.of("youtu"),
              "[\\x{AC00}-\\x{D7A3}\\x{3131}-\\x{318E}]+|[\\x{FF01}\\x{2026}\\x{201C}\\x{201D}\\x{2018}\\x{2019}\\x{2014}\\x{FF1A}\\x{FF1B}\\x{FF0C}"
                  + "\\x{3001}-\\x{303F}\\x{FE30}-\\x{FE4F}]+|[\\x{3105}-\\x{312F}]+|"
                  + CJK,
              CAMEL_CASE + "|\\p{N}" + OTHERS_AND_SLASHES + BLANKS),
          family(false, false, Set.of("bloom", "poro-chat", "gpt3-finnish"), BLOOM_PATTERN),
          family(false, false, Set.of("viking"), BLOOM_PATTERN, "\\p{N}"),
          family(
              false,
              true,
              Set.of("chameleon"),
              "<sentinel:[0-9]+>",
              "(IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z",
              "([\\t\\n]|    |  )",
              "\\p{N}",
              "[\\p{P}!-/:-@\\[-`{-~]",
              GPT2_PATTERN),
          family(
              false,
              false,
              Set.of("kimi-k2"),
              "\\p{Han}+|[^\\r\\n\\p{L}\\p{N}]?"
                  + KIMI_UPPER
                  + "*"
                  + KIMI_LOWER
                  + "+"
                  + CONTRACTION
                  + "?|[^\\r\\n\\p{L}\\p{N}]?"
                  + KIMI_UPPER
                  + "+"
                  + KIMI_LOWER
                  + "*"
                  + CONTRACTION
                  + "?|\\p{N}{1,3}"
                  + OTHERS
                  + BLANKS),
          family(false, false, Set.of("superbpe"), "\\p{N}+", "(?=(\\d{3})+(?!\\d))"),
          family(
              false,
              false,
              Set.of("bailingmoe", "bailingmoe2", "llada-moe"),
              "'(?i:[sdmt]|ll|ve|re)|[^\\r"
                  + "\\n"
                  + "\\p{L}\\p{N}]?+\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]++[\\r"
                  + "\\n"
                  + "]*|\\s*[\\r"
                  + "\\n"
                  + "]|\\s+(?!\\S)|\\s+"),
          family(
              false,
              false,
              Set.of("seed-coder"),
              CL100K_START + "|\\p{N}| ?[^\\s\\p{L}\\p{N}\\r\\n]+" + BLANKS),
          family(
              false,
              false,
              Set.of("ufakzeka"),
              "[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}" + OTHERS + BLANKS),
          family(
              false,
              false,
              Set.of("afmoe"),
              "\\p{N}{1,3}(?=(?:\\p{N}{3})*(?!\\p{N}))",
              "[\\x{4E00}-\\x{9FFF}\\x{3400}-\\x{4DBF}\\x{F900}-\\x{FAFF}\\x{3040}-\\x{309F}\\x{30A0}-\\x{30FF}\\x{FF65}-\\x{FF9F}\\x{2F00}-\\x{2FDF}"
                  + "\\x{E40}-\\x{E7F}\\x{E80}-\\x{EFF}\\x{1780}-\\x{17FF}\\x{1000}-\\x{109F}\\x{AA60}-\\x{AA7F}\\x{A9E0}-\\x{A9FF}\\x{AC00}-\\x{D7AF}\\x{1100}-\\x{11FF}]+",
              DEEPSEEK_V3_PATTERN),
          family(false, false, Set.of("laguna"), "[^\\n]+|[\\n]+", QWEN2_PATTERN),
          family(
              false,
              false,
              Set.of("exaone-moe"),
              CONTRACTION
                  + "|[^\\r"
                  + "\\n"
                  + "\\p{L}\\p{N}]?(?:\\p{L}\\p{M}*(?: \\p{L}\\p{M}*)*)+|\\p{N}|"
                  + " ?[^\\s\\p{L}\\p{N}]+[\\r"
                  + "\\n"
                  + "/]?|\\s*[\\r"
                  + "\\n"
                  + "]|\\s+(?!\\S)|\\s+"),
          family(
              true,
              false,
              Set.of("minicpm5"),
              "\\p{N}{1,3}",
              CL100K_START + "|\\p{N}+" + OTHERS + BLANKS),
          family(
              false,
              false,
              Set.of("jais-2"),
              CL100K_START
                  + "|\\p{N}{1,3}"
                  + OTHERS
                  + "|\\s*[\\r"
                  + "\\n"
                  + "]+|\\s{512}(?!\\S)|\\s{256}(?!\\S)|\\s{128}(?!\\S)|\\s{64}(?!\\S)|\\s{32}(?!\\S)|\\s{16}(?!\\S)|\\s{8}(?!\\S)"
                  + "|\\s{4}(?!\\S)|\\s{1,2}(?!\\S)|\\s{1}"));

  private PreTokenizerFamilies() {}

  private static PreTokenizer family(
      boolean takesWholeWords, boolean addsBos, Set<String> names, String... patterns) {
    return new PreTokenizer(List.of(patterns), names, takesWholeWords, addsBos);
  }
}
