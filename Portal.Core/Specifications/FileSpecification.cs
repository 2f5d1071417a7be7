namespace Portal.Core.Specifications;

/// <summary>A file that the containers find, read-only. Nothing secret: it stands in the specification, the plan and the release.</summary>
/// <param name="Path">Where it is, for example <c>/etc/nginx/conf.d/shop.conf</c>.</param>
/// <param name="Content">Text with references, <see cref="VariableText"/>; lines end with a line feed.</param>
public sealed record FileSpecification(string Path, string Content);
