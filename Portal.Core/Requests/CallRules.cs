using System.Text.RegularExpressions;
using Portal.Core.Catalog;
using Portal.Core.Provisioning;
using Portal.Core.Specifications;
using static Portal.Core.Requests.SpecificationValidator;

namespace Portal.Core.Requests;

/// <summary>Whom a service calls and who reaches it, and what its containers find in their environment.</summary>
internal static partial class CallRules
{
    public static void Check(ServiceSpecification service, string at, Specification specification, ServiceCatalog catalog, List<FieldError> errors)
    {
        if (service is { Listens: true, IsPublic: false })
            Internal(service, at, errors);
        for (var index = 0; index < service.Calls.Count; index++)
            Call(service, service.Calls[index], service.Calls.Take(index), $"{at}.calls[{index}]", specification, errors);
        var before = specification.Services.TakeWhile(other => !ReferenceEquals(other, service)).Sum(other => other.Variables.Count);
        if (before <= FieldLimits.Variables && before + service.Variables.Count > FieldLimits.Variables)
            errors.Add(new($"{at}.variables", Text(service.Variables.Count), $"{Text(before + service.Variables.Count)} variables up to here; {Text(FieldLimits.Variables)} at most in an environment."));
        var settings = new ServiceSettings(specification, service, catalog);
        // A callee called database would take the place of the store's own address.
        string[] stores = [.. service.Stores.Select(store => store.Name), .. service.SharedStores.Select(shared => shared.Name)];
        if (stores.Distinct(StringComparer.Ordinal).Count() == stores.Length && settings.Given.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { Key: var twice })
            errors.Add(new($"{at}.{(service.Calls.Count > 0 ? "calls" : "stores")}", twice, $"{twice} would be given to {service.Name} twice: for a service that it calls or one of its stores, and for something else. Give that service or store another name."));
        var (given, references) = (settings.Given.ToHashSet(StringComparer.Ordinal), settings.References.Select(one => one.Reference).ToHashSet(StringComparer.Ordinal));
        FileRules.Check(service, at, specification, references, settings, errors);
        SecretRules.Check(service, at, settings, errors);
        for (var index = 0; index < Math.Min(service.Variables.Count, FieldLimits.Variables); index++)
            Variable(service, index, $"{at}.variables[{index}]", given, references, settings, specification, errors);
    }

    // What the chart calls the variables of which it puts others together.
    private const string ComposedSecret = "PORTAL_SECRET_";

    /// <summary>Whether a variable of that name would hold something that not everybody may read.</summary>
    public static bool LooksSecret(string name) => SecretName().IsMatch(name);

    private static void Internal(ServiceSpecification service, string at, List<FieldError> errors)
    {
        if (service.Path.Length > 0)
            errors.Add(new($"{at}.path", service.Path, "An internal service has no path: leave it out, or make the service public."));
        if (service.Authentication != RouteAuthentication.None)
            errors.Add(new($"{at}.authentication", service.Authentication.ToString(), "The gateway checks who calls from outside, and nobody does: leave the sign-in out, or make the service public."));
        if (service.ApiKeyRequired)
            errors.Add(new($"{at}.apiKeyRequired", "true", "The gateway asks callers from outside for a key, and nobody calls from there: leave the key out, or make the service public."));
        if (service.Routes.Count > 0)
            errors.Add(new($"{at}.routes", Text(service.Routes.Count), "Routes are for calls from outside, of which there are none: leave them out, or make the service public."));
    }

    private static void Call(ServiceSpecification service, string callee, IEnumerable<string> earlier, string field, Specification specification, List<FieldError> errors)
    {
        if (callee == service.Name)
            errors.Add(new(field, callee, $"{callee} reaches itself without that. Leave it out."));
        else if (!specification.Services.Any(other => other.Name == callee))
            errors.Add(new(field, callee, $"There is no service '{callee}' in this environment. {(specification.Services.Count > 1 ? $"Choose of {string.Join(", ", specification.Services.Where(other => other.Name != service.Name && other.Listens).Select(other => other.Name))}" : "Add it first")}."));
        else if (specification.Services.First(other => other.Name == callee) is { Listens: false } silent)
            errors.Add(new(field, callee, $"{callee} is a {WorkloadRules.Noun(silent.Kind)}: it has no port that could be called. Leave it out."));
        else if (earlier.Contains(callee))
            errors.Add(new(field, callee, $"{callee} is listed already."));
    }

    private static void Variable(
        ServiceSpecification service, int index, string at, HashSet<string> given, HashSet<string> references, ServiceSettings settings, Specification specification, List<FieldError> errors)
    {
        var (name, value) = service.Variables[index];
        if (!VariableName().IsMatch(name))
            errors.Add(new($"{at}.name", name, $"'{name}' cannot be a variable's name. Use letters, digits, underscores, dots and hyphens, beginning with no digit, 128 at most, for example LOG_LEVEL."));
        else if (SecretName().IsMatch(name) && !settings.HasSecret(value))
            errors.Add(new($"{at}.name", name, $"{name} looks like a secret, and a specification can be read by everybody here. Keep it in Secrets Manager and refer to it: ${{secret:NAME#key}}; or give the service its ARN, for example as {SecretName().Replace(name, "${before}SECRET_ARN")}."));
        else if (name.StartsWith(ComposedSecret, StringComparison.Ordinal))
            errors.Add(new($"{at}.name", name, $"Names that begin with {ComposedSecret} are of the parts that variables with secrets are put together from. Choose another name."));
        else if (given.Contains(name))
            errors.Add(new($"{at}.name", name, $"{name} is given to the service already. Choose another name, and refer to what is given in its value."));
        else if (service.Variables.Take(index).Any(other => other.Name == name))
            errors.Add(new($"{at}.name", name, $"{name} is listed already."));

        if (value.Length > FieldLimits.VariableValue)
            errors.Add(new($"{at}.value", null, $"The value of {name} has {Text(value.Length)} characters; {Text(FieldLimits.VariableValue)} at most."));
        else if (value.Any(letter => char.IsControl(letter) && letter is not ('\n' or '\t')))
            errors.Add(new($"{at}.value", null, $"The value of {name} has a character that cannot be shown. Type it anew."));
        else if (ReferenceFault(value, service, references, specification) is { } fault)
            errors.Add(new($"{at}.value", value, fault));
    }

    /// <returns>What is wrong with the references in a text; null where nothing is.</returns>
    public static string? ReferenceFault(string text, ServiceSpecification service, HashSet<string> references, Specification specification) =>
        VariableText.Parse(text) is not { } parts ? "A reference begins with ${ and is not closed. Write ${store.DATABASE_HOST}, or $${ for the characters themselves."
        : parts.Where(part => part.IsReference && !references.Contains(part.Text)).Select(part => SecretReference.Of(part.Text) is { } secret ? SecretRules.Fault(secret) : Unknown(part.Text, service, references, specification)).FirstOrDefault(fault => fault is not null);

    private static string Unknown(string reference, ServiceSpecification service, HashSet<string> references, Specification specification)
    {
        if (reference.Split('.') is ["service", var other, _, ..] && specification.Services.Any(one => one.Name == other) && !references.Contains($"service.{other}.host"))
            return $"${{{reference}}}: {service.Name} does not call {other}. Add it to what it calls.";
        if (reference.StartsWith("store.", StringComparison.Ordinal) && !references.Any(one => one.StartsWith("store.", StringComparison.Ordinal)))
            return $"${{{reference}}}: {service.Name} has no data store. Choose one, or leave the reference out.";
        var kind = reference.Split('.')[0] + ".";
        var near = references.Where(one => one.StartsWith(kind, StringComparison.Ordinal)).ToList();
        return $"There is nothing called ${{{reference}}}. There is {string.Join(", ", (near.Count > 0 ? near : [.. references]).Order(StringComparer.Ordinal).Select(one => $"${{{one}}}"))}.";
    }

    // What Kubernetes takes (IsEnvVarName): .NET and Spring have dots and hyphens in theirs.
    [GeneratedRegex("^(?!\\.{1,2}\\z)[-._A-Za-z][-._A-Za-z0-9]{0,127}\\z")]
    private static partial Regex VariableName();

    // What values.schema.json of the chart refuses.
    [GeneratedRegex("(?<before>^|_)(?:PASSWORD|PASSWD|SECRET|PRIVATE_KEY|ACCESS_KEY)\\z", RegexOptions.IgnoreCase)]
    private static partial Regex SecretName();
}
