package dev.nomoat.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.nomoat.Dry;
import dev.nomoat.DynamicTemperature;
import dev.nomoat.Mirostat;
import dev.nomoat.SamplingOptions;
import dev.nomoat.Xtc;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class ChainOptionsTest {
  @Command
  private static final class Holder {
    @Mixin private final ChainOptions chain = new ChainOptions();
  }

  private static final SamplingOptions DEFAULTS = SamplingOptions.defaults();

  private static SamplingOptions parse(String... arguments) {
    Holder holder = new Holder();
    new CommandLine(holder).parseArgs(arguments);
    return holder.chain.over(DEFAULTS);
  }

  @Test
  void withoutOptionsThereAreTheOthers() {
    assertThat(parse()).isEqualTo(DEFAULTS);
    assertThat(parse("--dry-multiplier=0", "--xtc-probability=0", "--mirostat=0"))
        .isEqualTo(DEFAULTS);
  }

  @Test
  void eachOptionIsThatOfTheLibrary() {
    assertThat(parse("--top-nsigma=1.5", "--typical=0.9"))
        .isEqualTo(DEFAULTS.withTopNSigma(1.5f).withTypicalP(0.9f));
    assertThat(parse("-l", "12+1.5", "--logit-bias", "3-inf"))
        .isEqualTo(DEFAULTS.withLogitBias(Map.of(12, 1.5f, 3, Float.NEGATIVE_INFINITY)));
    assertThat(parse("--xtc-probability=0.5")).isEqualTo(DEFAULTS.withXtc(new Xtc(0.5f, 0.1f)));
    assertThat(parse("--dynatemp-range=0.4", "--dynatemp-exp=2"))
        .isEqualTo(DEFAULTS.withDynamicTemperature(new DynamicTemperature(0.4f, 2)));
    assertThat(parse("--mirostat=2", "--mirostat-ent=4", "--mirostat-lr=0.2"))
        .isEqualTo(DEFAULTS.withMirostat(new Mirostat(4, 0.2f)));
    assertThat(parse("--dry-multiplier=0.8")).isEqualTo(DEFAULTS.withDry(Dry.of(0.8f)));
    assertThat(
            parse(
                "--dry-multiplier=0.8",
                "--dry-base=2",
                "--dry-allowed-length=3",
                "--dry-penalty-last-n=50",
                "--dry-sequence-breaker=a",
                "--dry-sequence-breaker=b"))
        .isEqualTo(DEFAULTS.withDry(new Dry(0.8f, 2, 3, 50, List.of("a", "b"))));
    assertThat(parse("--dry-multiplier=1", "--dry-sequence-breaker=none").dry().orElseThrow())
        .returns(List.of(), Dry::breakers);
  }

  @Test
  void zeroTurnsOffWhatTheModelRecommends() {
    Holder holder = new Holder();
    new CommandLine(holder).parseArgs("--xtc-probability=0", "--mirostat=0");
    SamplingOptions recommended =
        DEFAULTS.withXtc(new Xtc(0.5f, 0.2f)).withMirostat(Mirostat.defaults());
    assertThat(holder.chain.over(recommended)).isEqualTo(DEFAULTS);
    assertThat(new Holder().chain.over(recommended)).isEqualTo(recommended);
  }

  @ParameterizedTest
  @CsvSource({
    "--xtc-threshold=0.1, --xtc-probability",
    "--dynatemp-exp=1, --dynatemp-range",
    "--mirostat-ent=5, --mirostat",
    "--mirostat-lr=0.1, --mirostat",
    "--dry-base=1.75, --dry-multiplier",
    "--dry-allowed-length=2, --dry-multiplier",
    "--dry-penalty-last-n=-1, --dry-multiplier",
    "--dry-sequence-breaker=a, --dry-multiplier"
  })
  void aDetailOfWhatIsNotDoneIsRefused(String detail, String option) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> parse(detail))
        .withMessage(detail.replaceAll("=.*", "") + " needs " + option);
    assertThat(Run.llm("generate", detail, "x").status()).isEqualTo(2);
  }

  @Test
  void whatCannotBeMeantIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> parse("--mirostat=1"))
        .withMessage("--mirostat must be 0 or 2, but is 1");
    for (String bias : List.of("12", "+1", "12+", "12+x", "a+1")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> parse("--logit-bias=" + bias))
          .withMessageContaining("--logit-bias");
    }
    assertThat(Run.llm("generate", "--mirostat=1", "x").status()).isEqualTo(2);
  }
}
