using Portal.Core;
using Portal.Core.Catalog;
using Portal.Core.Imports;
using Portal.Core.Requests;
using Portal.Core.Specifications;

namespace Portal.Features.Requests.Form;

/// <summary>
/// The draft with what is wrong in it, and which of that the person is shown: nobody is blamed for a field not yet reached.
/// Knows neither page nor database; what the database finds is told by <see cref="Found"/>.
/// </summary>
/// <param name="basis">What the environment is that the form changes; null for a new one.</param>
/// <param name="paths">Those that there are.</param>
/// <param name="keptTo">Id of the golden path that the environment which the form changes began with; null for a new one.</param>
public sealed class RequestForm(SpecificationValidator validator, Specification? basis = null, GoldenPaths? paths = null, string? keptTo = null)
{
    private readonly HashSet<string> _touched = new(StringComparer.Ordinal);
    private readonly HashSet<FormStep> _left = [];
    private IReadOnlyList<FieldError> _found = [];

    public RequestDraft Draft { get; private set; } = new();

    /// <summary>Everything wrong, in the order of the form.</summary>
    public IReadOnlyList<FieldError> Errors { get; private set; } = [];

    /// <summary>Of <see cref="Errors"/>, those the person has had a chance to avoid.</summary>
    public IReadOnlyList<FieldError> Shown => [.. Errors.Where(error => IsShown(error.Field))];

    public Specification Specification { get; private set; } = DraftReader.Read(new RequestDraft()).Specification;

    /// <summary>What stays as it is; null where the form keeps to no golden path.</summary>
    public GoldenPath? Path => paths?.Find(keptTo ?? Draft.GoldenPath ?? "");

    public AskedFor Asked => new(Draft.Team, Draft.GoldenPath ?? "");

    /// <summary>Whether a field is as its golden path has it, and stays so. One that is not can be put right.</summary>
    public bool IsFixed(string field) => Path?.Fixes(field) == true && !Errors.Any(error => error.Field == field);

    /// <summary>Counts changes, so that an answer to an older question can be told from the newest.</summary>
    public int Version { get; private set; }

    /// <summary>Whether there is anything to plan: a number that is none leaves the question open.</summary>
    public bool HasOnlyNumbers { get; private set; } = true;

    /// <summary>A clean sheet.</summary>
    public void Begin(RequestDraft draft)
    {
        Draft = draft;
        _touched.Clear();
        _left.Clear();
        _found = [];
        Changed();
    }

    /// <summary>Takes a kept draft up again; what it holds counts as typed.</summary>
    public void Restore(RequestDraft draft)
    {
        Draft = draft;
        // Keys that can be used are kept: the elements on the page, and what is carried over to them, are named after them.
        if (draft.Services.Exists(service => service.Key < 1) || draft.Services.DistinctBy(service => service.Key).Count() < draft.Services.Count)
        {
            for (var index = 0; index < draft.Services.Count; index++)
                draft.Services[index].Key = index + 1;
        }

        TouchFilled();
        Changed();
    }

    /// <summary>All that <see cref="Resume"/> needs to go on in another circuit.</summary>
    public FormMemory Remember() => new(Draft.ToJson(), [.. _touched], [.. _left]);

    /// <summary>Goes on where another circuit was paused.</summary>
    public void Resume(FormMemory memory)
    {
        Restore(RequestDraft.FromJson(memory.Draft) ?? Draft);
        _touched.Clear();
        _touched.UnionWith(memory.Touched);
        _left.UnionWith(memory.Left);
    }

    public void Changed()
    {
        Version++;
        SharedStoreDraft.Number(Draft);
        var reading = DraftReader.Read(Draft, basis);
        Specification = reading.Specification;
        HasOnlyNumbers = reading.NotNumbers.Count == 0;
        // What the database found stays only where the value it was about still stands.
        _found = [.. _found.Where(error => ValueOf(error.Field) == error.Value)];
        Collect([.. reading.NotNumbers, .. Path?.Faults(reading.Specification) ?? [], .. validator.Validate(reading.Specification)]);
    }

    /// <summary>The person has finished with a field; from now on its error shows as it comes and goes.</summary>
    public void Touch(string field) => _touched.Add(IdOf(field));

    /// <summary>The person goes on: what is wrong or missing on this step shows.</summary>
    public void Leave(FormStep step)
    {
        if (step == FormStep.Review)
            _left.UnionWith(FormSteps.All);
        else
            _left.Add(step);
        if (!_left.Contains(FormStep.Services))
            return;
        // One by one, so that a service added later starts with a clean sheet.
        foreach (var field in FieldsOfServices())
            Touch(field);
    }

    public bool HasLeft(FormStep step) => _left.Contains(step);

    /// <summary>What the use case said of this version; an answer to an older one is not taken.</summary>
    public void Found(int version, IReadOnlyList<FieldError> errors)
    {
        if (version != Version)
            return;
        var known = Errors.Except(_found).ToList();
        _found = [.. errors.Where(error => !known.Exists(other => other.Field == error.Field))];
        Collect(known);
    }

    /// <summary>The error to show at a field; null while there is none or it is too early.</summary>
    public FieldError? ErrorAt(string field) => IsShown(field) ? Errors.FirstOrDefault(error => error.Field == field) : null;

    public int CountOn(FormStep step) => Shown.Count(error => FormSteps.Of(error.Field) == step);

    /// <summary>Stable id of a field's element: it follows a service when others are removed before it.</summary>
    public string IdOf(string field)
    {
        if (FormSteps.TryService(field, out var index, out var name) && index < Draft.Services.Count)
            return $"field-service-{Draft.Services[index].Key}-{Plain(name)}";
        return "field-" + Plain(field);

        static string Plain(string path) => path.Replace('.', '-').Replace("[", "-", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal);
    }

    public ServiceDraft Add(ServiceDraft service)
    {
        if (Draft.Services.Count >= RequestDraft.MaxServices)
            return service;
        service.Key = Draft.Services.Select(other => other.Key).DefaultIfEmpty(0).Max() + 1;
        Draft.Services.Add(service);
        TouchFilled();
        Changed();
        return service;
    }

    /// <summary>Takes up what was made of a file; what does not find room is named among what to look at.</summary>
    /// <param name="instead">Whether the services that are there go.</param>
    public void Take(ImportedServices imported, bool instead, ClassDefaults of)
    {
        if (instead)
            Draft.Services.Clear();
        var services = ImportedDrafts.Services(imported, Draft, of);
        var room = RequestDraft.MaxServices - Draft.Services.Count;
        Draft.Services.AddRange(services.Take(room));
        Draft.Notes = ImportedDrafts.Notes(imported);
        Draft.OpenCalls = (Draft.OpenCalls && !instead) || imported.Uncalled.Count > 0;
        if (services.Count > room)
            Draft.Notes.Insert(0, $"{string.Join(", ", services.Skip(room).Select(service => service.Name))} found no room in the form.");
        TouchFilled();
        Changed();
    }

    /// <summary>A whole specification in place of what is there. An environment that is changed keeps its name and target.</summary>
    public void Take(Specification specification)
    {
        var draft = DraftWriter.Write(basis is null ? specification : specification with { Environment = basis.Environment, Target = basis.Target });
        (draft.Id, draft.Version, draft.Unsaved, draft.Team, draft.GoldenPath) = (Draft.Id, Draft.Version, Draft.Unsaved, Draft.Team, Draft.GoldenPath);
        Restore(draft);
    }

    public void Remove(ServiceDraft service)
    {
        Draft.Services.Remove(service);
        foreach (var other in Draft.Services)
            other.Calls.Remove(service.Key);
        Changed();
    }

    // A limit is exceeded, and what a golden path fixes is changed, by what is chosen anywhere in the form. Of services that are there it can only be said that they are too many, which is news at once.
    private bool IsShown(string field) =>
        IsShownWithAnother(field) || field is "team" or "goldenPath" || Path?.Fixes(field) == true || (field == "services" && Draft.Services.Count > 0) || _touched.Contains(IdOf(field)) || (!FormSteps.TryService(field, out _, out _) && _left.Contains(FormSteps.Of(field)));

    // One option of a store is wrong by what another one says.
    private bool IsShownWithAnother(string field)
    {
        const string options = ".options.";
        return FormSteps.TryService(field, out _, out var name) && name.Contains(options, StringComparison.Ordinal)
            && IdOf(field) is var id && _touched.Any(other => other.StartsWith(id[..(id.LastIndexOf('-') + 1)], StringComparison.Ordinal));
    }

    private IEnumerable<string> FieldsOfServices() =>
        Draft.Services.SelectMany((service, index) => ServiceFields
            .Concat(service.Access.Fields().Select(field => field.Name))
            .Concat(service.Stores.SelectMany((store, number) => (string[])[$"stores[{number}].name", .. store.Options.Keys.Select(option => $"stores[{number}].options.{option}")]))
            .Concat(service.SharedStores.SelectMany((_, number) => (string[])[$"sharedStores[{number}].name", $"sharedStores[{number}].service", $"sharedStores[{number}].store", $"sharedStores[{number}].access"]))
            .Concat(service.Ports.SelectMany((_, port) => (string[])[$"ports[{port}].name", $"ports[{port}].port", $"ports[{port}].servicePort"]))
            .Concat(service.Files.SelectMany((_, file) => (string[])[$"files[{file}].path", $"files[{file}].content"]))
            .Concat(service.Variables.SelectMany((_, variable) => (string[])[$"variables[{variable}].name", $"variables[{variable}].value"]))
            .Select(name => $"services[{index}].{name}"));

    private void Collect(List<FieldError> known) => Errors = [.. known.Concat(_found).DistinctBy(error => error.Field).OrderBy(error => FormSteps.Of(error.Field))];

    private void TouchFilled()
    {
        string[] fields =
        [
            "environment", "network.cidr", "network.zones", "edge.stage", "edge.throttleRate", "edge.throttleBurst", "cluster.size", "cluster.kubernetesVersion",
            "costCentre", "cluster.minNodes", "cluster.maxNodes", "cluster.endpointCidrs",
            .. Draft.Edge.Fields().Select(field => field.Field),
            .. FieldsOfServices(),
        ];
        foreach (var field in fields.Where(field => !string.IsNullOrEmpty(ValueOf(field))))
            Touch(field);
    }

    private static readonly string[] s_runtime = ["cpu", "memory", "memoryLimit", "maxReplicas", "scaleAt", "command", "arguments", "user", "writableFolders", "livenessPath", "startSeconds", "graceSeconds"];

    private static readonly string[] s_workload =
    [
        "files", "servicePort", "protocol", "ports", "start.path", "start.port", "start.command", "readiness.path", "readiness.port", "readiness.command",
        "liveness.kind", "liveness.path", "liveness.port", "liveness.command", "schedule.cron", "schedule.timeZone", "schedule.startWithinSeconds", "schedule.timeLimitSeconds", "schedule.retries",
        "beforeRollout.command", "beforeRollout.arguments", "beforeRollout.timeLimitSeconds", "beforeRollout.retries",
    ];

    private static string[] ServiceFields { get; } = ["name", "image", "port", "path", "replicas", "healthPath", "stores", "authentication", "apiKeyRequired", "routes", "calls", "variables", "secretKeys", "pullSecret", .. s_runtime.Select(name => $"runtime.{name}"), .. s_workload];

    private string? ValueOf(string field)
    {
        if (FormSteps.TryService(field, out var index, out var name))
            return index < Draft.Services.Count ? ValueOf(Draft.Services[index], name) : null;
        return field switch
        {
            "environment" => Draft.Environment.Trim(),
            "target" => Draft.Target,
            "team" => Draft.Team,
            "goldenPath" => Draft.GoldenPath,
            "class" => Draft.Class.ToString(),
            "network.cidr" => Draft.Cidr.Trim(),
            "network.zones" => Draft.Zones,
            "edge.stage" => Draft.Stage.Trim(),
            "edge.throttleRate" => Draft.ThrottleRate,
            "edge.throttleBurst" => Draft.ThrottleBurst,
            "cluster.mode" => Draft.Mode.ToString(),
            "cluster.size" => Draft.Size,
            "cluster.kubernetesVersion" => Draft.KubernetesVersion.Trim(),
            "cluster.minNodes" => Draft.MinNodes,
            "cluster.maxNodes" => Draft.MaxNodes,
            "cluster.endpointCidrs" => Draft.EndpointCidrs.Trim().Length == 0 ? null : Draft.EndpointCidrs,
            "costCentre" => Draft.CostCentre.Trim(),
            _ => Draft.Edge.Fields().FirstOrDefault(one => one.Field == field).Value,
        };
    }

    private static string? ValueOf(ServiceDraft service, string name) => name switch
    {
        "name" => service.Name.Trim(),
        "image" => service.Image.Trim(),
        "pullSecret" => service.PullSecret.Trim(),
        "port" => service.Port,
        "path" => service.Path.Trim(),
        "replicas" => service.Replicas,
        "healthPath" => service.HealthPath.Trim(),
        "authentication" => service.Access.Authentication is var sign and not RouteAuthentication.None ? sign.ToString() : null,
        "schedule.cron" => service.Schedule.Cron.Trim(),
        "schedule.timeZone" => service.Schedule.TimeZone.Trim(),
        "runtime.cpu" => service.Runtime.Cpu,
        "runtime.memory" => service.Runtime.Memory,
        "exposure" => (service.IsInternal ? Exposure.Internal : Exposure.Public).ToString(),
        _ => service.Access.Fields().Concat(service.Variables.SelectMany((variable, index) => ((string, string)[])[($"variables[{index}].name", variable.Name.Trim()), ($"variables[{index}].value", variable.Value)]))
            .Concat(service.Stores.SelectMany((store, index) => store.Options.Select(option => ($"stores[{index}].options.{option.Key}", option.Value)).Append(($"stores[{index}].name", store.Name.Trim()))))
            .Concat(service.SharedStores.SelectMany((shared, index) => ((string, string)[])[($"sharedStores[{index}].name", shared.Name.Trim()), ($"sharedStores[{index}].access", shared.Access.ToString())]))
            .FirstOrDefault(pair => pair.Item1 == name).Item2,
    };
}

/// <summary>The form as it goes from one circuit to the next.</summary>
/// <param name="Touched">Ids of the fields whose errors show.</param>
/// <param name="Left">Steps that the person went on from.</param>
public sealed record FormMemory(string Draft, IReadOnlyList<string> Touched, IReadOnlyList<FormStep> Left);
