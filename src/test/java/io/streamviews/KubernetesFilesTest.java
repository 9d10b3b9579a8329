package io.streamviews;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

/** docker/kubernetes against the API's own model, in which every field has to be. */
class KubernetesFilesTest {

    private static final Map<String, Class<? extends HasMetadata>> KINDS = Map.of(
            "v1/ConfigMap", ConfigMap.class,
            "v1/Service", Service.class,
            "apps/v1/Deployment", Deployment.class,
            "batch/v1/Job", Job.class,
            "policy/v1/PodDisruptionBudget", PodDisruptionBudget.class,
            "autoscaling/v2/HorizontalPodAutoscaler", HorizontalPodAutoscaler.class);
    private static final ObjectMapper STRICT = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .annotationIntrospector(new JacksonAnnotationIntrospector() {
                @Override
                public Boolean hasAnySetter(Annotated annotated) {
                    return false;
                }
            })
            .build();
    private static final List<HasMetadata> RESOURCES = read();

    @Test
    void runsNobodyAsRootNorWithWhatItDoesNotNeed() {
        assertThat(pods()).hasSize(3).allSatisfy(pod -> {
            assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
            assertThat(pod.getAutomountServiceAccountToken()).isFalse();
            Container container = pod.getContainers().get(0);
            assertThat(container.getSecurityContext().getReadOnlyRootFilesystem())
                    .isTrue();
            assertThat(container.getSecurityContext().getAllowPrivilegeEscalation())
                    .isFalse();
            assertThat(container.getSecurityContext().getCapabilities().getDrop())
                    .containsExactly("ALL");
            assertThat(container.getResources().getLimits()).containsKey("memory");
            assertThat(container.getImage()).doesNotEndWith(":latest").matches(".+:\\d.+");
        });
    }

    @Test
    void asksEveryServiceHowItIs() {
        assertThat(of(Deployment.class)).hasSize(2).allSatisfy(deployment -> {
            PodSpec pod = deployment.getSpec().getTemplate().getSpec();
            Container container = pod.getContainers().get(0);
            assertThat(Stream.of(
                                    container.getStartupProbe(),
                                    container.getLivenessProbe(),
                                    container.getReadinessProbe())
                            .map(probe -> probe.getHttpGet().getPath()))
                    .containsExactly("/q/health/started", "/q/health/live", "/q/health/ready");
            assertThat(pod.getTerminationGracePeriodSeconds()).isGreaterThanOrEqualTo(30);
        });
    }

    @Test
    void findsThePodsOfEveryServiceAndBudget() {
        List<Map<String, String>> pods = of(Deployment.class)
                .map(deployment ->
                        deployment.getSpec().getTemplate().getMetadata().getLabels())
                .toList();

        assertThat(of(Service.class).map(service -> service.getSpec().getSelector()))
                .hasSize(2)
                .isSubsetOf(pods);
        assertThat(of(PodDisruptionBudget.class)
                        .map(budget -> budget.getSpec().getSelector().getMatchLabels()))
                .hasSize(2)
                .isSubsetOf(pods);
    }

    @Test
    void setsPropertiesThatTheApplicationHasAndNoSecrets() {
        List<EnvVar> variables = pods().flatMap(pod -> pod.getContainers().get(0).getEnv().stream())
                .toList();

        assertThat(variables.stream().map(EnvVar::getName)).isSubsetOf(SettableProperties.variables());
        assertThat(of(ConfigMap.class).flatMap(map -> map.getData().keySet().stream()))
                .isSubsetOf(SettableProperties.variables())
                .noneMatch(name -> name.contains("PASSWORD"));
        assertThat(variables.stream().filter(variable -> variable.getName().endsWith("PASSWORD")))
                .hasSize(3)
                .allMatch(variable -> variable.getValueFrom().getSecretKeyRef() != null);
    }

    private static <T> Stream<T> of(Class<T> kind) {
        return RESOURCES.stream().filter(kind::isInstance).map(kind::cast);
    }

    private static Stream<PodSpec> pods() {
        return Stream.concat(
                of(Deployment.class)
                        .map(deployment -> deployment.getSpec().getTemplate().getSpec()),
                of(Job.class).map(job -> job.getSpec().getTemplate().getSpec()));
    }

    private static List<HasMetadata> read() {
        try (Stream<Path> files = Files.list(Path.of("docker", "kubernetes"))) {
            return files.flatMap(file ->
                            StreamSupport.stream(new Yaml().loadAll(text(file)).spliterator(), false))
                    .map(KubernetesFilesTest::resource)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static HasMetadata resource(Object document) {
        try {
            JsonNode json = STRICT.valueToTree(document);
            return STRICT.treeToValue(
                    json,
                    KINDS.get(json.path("apiVersion").asText() + "/"
                            + json.path("kind").asText()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
